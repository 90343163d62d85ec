// The health of Landfall's sources in Airflow's web interface. Airflow hands its own React and Chakra to plugins, so this
// is one module without a build. The address it is loaded by says which place it is for: ?nav, ?dag or ?home.

const { createElement: h, useEffect, useState, Fragment } = globalThis.React;
const { Badge, Box, Flex, Heading, Spinner, Table, Text } = globalThis.ChakraUI;
const { Link } = globalThis.ReactRouterDOM;

const here = new URL(import.meta.url);
const api = new URL("../api/", here).href; // right behind a proxy's path too
const EVERY = 30_000; // milliseconds between two looks
const COLOR = {
  healthy: "#2f9e44", success: "#2f9e44", unchanged: "#2f9e44", EXCELLENT: "#2f9e44", GOOD: "#1c7ed6",
  running: "#1c7ed6", overtaken: "#1c7ed6", warning: "#e67700", stopped: "#e67700", WARNING: "#e67700",
  error: "#e03131", killed: "#e03131", away: "#e03131", CRITICAL: "#e03131", never: "#868e96",
};
const PALETTE = { healthy: "green", warning: "orange", error: "red", away: "red", never: "gray", running: "blue" };
const MEANS = {
  healthy: "healthy", warning: "look at it", error: "failing", away: "warehouse away", never: "nothing loaded yet",
};

// --- what is asked, and how it is written -----------------------------------------------------------------------------

const ask = async (path) => {
  const answer = await fetch(api + path, { credentials: "same-origin" });
  if (answer.ok) return answer.json();
  const why = { 401: "Log in to see this.", 403: "You may not see this DAG." };
  const told = await answer.json().catch(() => ({}));
  throw Object.assign(new Error(why[answer.status] ?? told.detail ?? `The api-server answered ${answer.status}.`), {
    status: answer.status,
  });
};

const useAnswer = (path) => {
  const [answer, setAnswer] = useState({});
  useEffect(() => {
    let gone = false;
    const look = () =>
      ask(path).then(
        (told) => gone || setAnswer({ path, told }),
        (error) => gone || setAnswer((before) => ({ ...(before.path === path ? before : {}), path, error })),
      );
    look();
    const timer = setInterval(() => document.hidden || look(), EVERY);
    return () => { gone = true; clearInterval(timer); };
  }, [path]);
  return answer.path === path ? answer : {};
};

const number = (value) => (value == null ? "–" : value.toLocaleString());
const moment = (value) => (value ? new Date(value).toLocaleString() : "never");
const span = (seconds) => {
  if (seconds == null) return "–";
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} days`;
};
const ago = (value) => (value ? `${span((Date.now() - new Date(value)) / 1000)} ago` : "never");
const logOf = (source, about) =>
  `/dags/${source}/runs/${encodeURIComponent(about.run_id)}${about.task ? `/tasks/${about.task}` : ""}`;
const to = (path, text) =>
  h(Link, { to: path, style: { textDecoration: "underline", textUnderlineOffset: "2px" } }, text);

// --- pictures, with their text ----------------------------------------------------------------------------------------

const Picture = ({ width, height, text, children }) =>
  h("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": text, style: { display: "block" } },
    h("title", null, text), children);

const Sparkline = ({ values, of }) => {
  if (values.length < 2) return null;
  const [width, height] = [96, 20];
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const y = (value) => (high === low ? height / 2 : height - 2 - ((value - low) / (high - low)) * (height - 4));
  const points = values.map((value, n) => `${((n * width) / (values.length - 1)).toFixed(1)},${y(value).toFixed(1)}`);
  const text = `${of} after ${values.length} loads: from ${number(values[0])} to ${number(values.at(-1))}, ` +
    `between ${number(low)} and ${number(high)}`;
  return h(Picture, { width, height, text },
    h("polyline", { points: points.join(" "), fill: "none", stroke: "currentColor", strokeWidth: 1.5 }));
};

const RunBars = ({ runs }) => {
  const shown = [...runs].reverse();
  const [wide, height] = [14, 56];
  const longest = Math.max(1, ...shown.map((run) => run.seconds ?? 0));
  const counts = {};
  for (const run of shown) counts[run.status] = (counts[run.status] ?? 0) + 1;
  const text = `The last ${shown.length} runs: ` +
    Object.entries(counts).map(([status, count]) => `${count} ${status}`).join(", ") + `; the longest took ${span(longest)}`;
  return h(Picture, { width: Math.max(wide, shown.length * wide), height, text },
    shown.map((run, n) => {
      const tall = Math.max(4, ((run.seconds ?? longest) / longest) * (height - 4));
      return h("rect", {
        key: run.run_id, x: n * wide + 2, y: height - tall, width: wide - 4, height: tall, rx: 2,
        fill: COLOR[run.status] ?? "currentColor", opacity: run.dry_run ? 0.4 : 1,
      }, h("title", null, `${moment(run.started_at)}: ${run.status}, ${span(run.seconds)}`));
    }));
};

const Bars = ({ values, text }) => {
  const [wide, height] = [5, 24];
  const most = Math.max(1, ...values);
  return h(Picture, { width: values.length * wide, height, text },
    values.map((value, n) => {
      const tall = Math.max(1, (value / most) * height);
      return h("rect", { key: n, x: n * wide, y: height - tall, width: wide - 1, height: tall, fill: "currentColor" });
    }));
};

const Score = ({ health, size = 44 }) => {
  const [value, radius] = [health?.overall_score, size / 2 - 4];
  const around = 2 * Math.PI * radius;
  const text = health ? `Health ${value} of 100, ${health.status}` : "Health unknown";
  const circle = { cx: size / 2, cy: size / 2, r: radius, fill: "none", strokeWidth: 4 };
  return h(Picture, { width: size, height: size, text },
    h("circle", { ...circle, stroke: "currentColor", opacity: 0.15 }),
    health && h("circle", {
      ...circle, stroke: COLOR[health.status], strokeDasharray: `${(around * value) / 100} ${around}`,
      transform: `rotate(-90 ${size / 2} ${size / 2})`, strokeLinecap: "round",
    }),
    h("text", { x: "50%", y: "54%", textAnchor: "middle", dominantBaseline: "middle", fontSize: size / 3.2 > 11 ? size / 3.2 : 11, fill: "currentColor" },
      health ? Math.floor(value) : "–"));
};

// --- parts of the page --------------------------------------------------------------------------------------------------

const Card = ({ children, ...more }) =>
  h(Box, { borderWidth: "1px", borderRadius: "md", p: 4, mb: 4, ...more }, children);
const Title = ({ children }) => h(Heading, { as: "h3", size: "md", mb: 3 }, children);
const Muted = ({ children }) => h(Text, { as: "span", color: "fg.muted", fontSize: "sm" }, children);
const State = ({ told }) =>
  h(Flex, { gap: 2, align: "center", wrap: "wrap" },
    h(Badge, { colorPalette: PALETTE[told.state], variant: "solid" }, MEANS[told.state]),
    told.running_since && h(Badge, { colorPalette: "blue" }, `running for ${span((Date.now() - new Date(told.running_since)) / 1000)}`));

const Rows = ({ head, label, children }) =>
  h(Box, { overflowX: "auto" },
    h(Table.Root, { size: "sm", "aria-label": label },
      h(Table.Header, null, h(Table.Row, null, head.map((name) => h(Table.ColumnHeader, { key: name }, name)))),
      h(Table.Body, null, children)));
const cells = (...values) => values.map((value, n) => h(Table.Cell, { key: n, verticalAlign: "top" }, value));

const Alerts = ({ told }) =>
  told.alerts.map((alert, n) =>
    h(Box, {
      key: n, role: "alert", borderLeftWidth: "4px", borderColor: COLOR[alert.severity], pl: 3, py: 1, mb: 2,
    },
      h(Text, { fontWeight: "medium" }, alert.happened),
      h(Text, { color: "fg.muted" }, alert.todo, " ",
        alert.run_id ? to(logOf(told.source, alert), alert.task ? "Its log" : "The run") : null)));

const lagging = (table) =>
  table.lag_hours == null ? null : h("div", null, h(Muted, null, `watermark ${span(table.lag_hours * 3600)} behind`));

const Tables = ({ told }) =>
  h(Card, null, h(Title, null, "Tables"),
    h(Rows, { label: "Tables", head: ["Table", "Rows", "History", "Last sync", "Last load", "In quarantine", "Checks"] },
      told.tables.map((table) =>
        h(Table.Row, { key: table.table },
          cells(
            h(Box, { pl: table.parent ? 5 : 0 }, table.table, table.parent ? h(Muted, null, ` of ${table.parent}`) : null,
              Object.entries(table.parts).map(([part, at]) => h("div", { key: part }, h(Muted, null, `${part}: ${ago(at)}`)))),
            number(table.rows),
            h(Sparkline, { values: table.history, of: `Rows of ${table.table}` }),
            h(Fragment, null,
              h(Text, { as: "span", color: table.fresh ? undefined : "red.fg", title: moment(table.last_sync) }, ago(table.last_sync)),
              !table.fresh && h(Muted, null, ` (late: ${span(table.within_hours * 3600)} allowed)`), lagging(table)),
            table.mode == null ? "–" : `${table.mode}: +${number(table.inserted)} ~${number(table.updated)} −${number(table.deleted)}`,
            table.quarantined ? h(Badge, { colorPalette: "orange" }, number(table.quarantined)) : "0",
            table.parent ? "" : h(Fragment, null, `${table.checks_passed} passed`,
              table.checks_not_passed.map((check) => h("div", { key: check }, h(Badge, { colorPalette: "orange" }, check)))),
          )))));

const given = (run) => {
  try {
    const set = Object.entries(JSON.parse(run.parameters || "{}"));
    return set.map(([name, value]) => `${name}=${Array.isArray(value) ? value.join(",") : value}`).join(" ");
  } catch { return run.parameters; }
};

const Runs = ({ told }) =>
  h(Card, null, h(Title, null, "Runs"), h(RunBars, { runs: told.runs }),
    h(Box, { mt: 3 }, h(Rows, { label: "Runs", head: ["Began", "Status", "Took", "Who", "Parameters", "Rows written", "What failed, and what to do"] },
      told.runs.slice(0, 10).map((run) =>
        h(Table.Row, { key: run.run_id },
          cells(
            to(logOf(told.source, run), moment(run.started_at)),
            h(Text, { as: "span", color: COLOR[run.status] }, run.status + (run.dry_run ? " (dry run)" : "")),
            span(run.seconds), run.triggered_by, given(run), number(run.rows_written),
            run.failed.length
              ? run.failed.map((one) => h("div", { key: one.table },
                  to(logOf(told.source, { ...run, task: one.task }), one.table), `: ${one.happened} `, h(Muted, null, one.todo)))
              : run.error ?? "",
          ))))));

const Quarantine = ({ told }) =>
  h(Card, null, h(Title, null, "Quarantine"),
    told.quarantine.length === 0 ? h(Muted, null, "Nothing is in quarantine.") :
      h(Rows, { label: "Quarantine by reason", head: ["Resource", "Reason", "Path", "Records"] },
        told.quarantine.map((one, n) => h(Table.Row, { key: n },
          cells(one.resource, one.reason, h("code", null, one.path), number(one.count) + (told.more_quarantined ? " or more" : ""))))));

const Checks = ({ told }) =>
  h(Card, null, h(Title, null, "Checks that did not pass in seven days"),
    told.checks.length === 0 ? h(Muted, null, "All passed.") :
      h(Rows, { label: "Checks", head: ["Table", "Check", "Status", "Last found", "Times", "Details"] },
        told.checks.map((one, n) => h(Table.Row, { key: n },
          cells(one.table, one.check, h(Badge, { colorPalette: one.status === "FAIL" ? "red" : "orange" }, one.status),
            ago(one.checked_at), number(one.times), one.details)))));

const Budget = ({ told }) => {
  const tables = told.tables.filter((table) => table.budget.length);
  return h(Card, null, h(Title, null, "Requests to the vendor, and waiting for its budget"),
    tables.length === 0 ? h(Muted, null, "No load has noted its requests yet.") :
      h(Rows, { label: "Requests", head: ["Table", "Requests of the last load", "Requests", "Waited, last load", "Waiting"] },
        tables.map((table) => {
          const last = table.budget.at(-1);
          const all = (name) => table.budget.map((one) => one[name]);
          return h(Table.Row, { key: table.table },
            cells(table.table, number(last.requests),
              h(Bars, { values: all("requests"), text: `Requests of ${table.budget.length} loads of ${table.table}, at most ${number(Math.max(...all("requests")))}` }),
              span(last.waited_seconds),
              h(Bars, { values: all("waited_seconds"), text: `Seconds waited in ${table.budget.length} loads of ${table.table}, at most ${number(Math.max(...all("waited_seconds")))}` })));
        })));
};

const PARTS = {
  processing_success: "tables that did not fail", data_quality: "checks that passed",
  recent_activity: "how recent", error_rate: "not in quarantine",
};
const Parts = ({ health }) =>
  health && h(Muted, null, Object.entries(health.factors).map(([name, value]) => `${PARTS[name]} ${value}`).join(" · "));

const Source = ({ name }) => {
  const { told, error } = useAnswer(`sources/${encodeURIComponent(name)}`);
  if (!told) return h(Waiting, { error });
  return h(Box, { "data-landfall": name },
    h(Flex, { gap: 4, align: "center", mb: 4, wrap: "wrap" },
      h(Score, { health: told.health, size: 64 }),
      h(Box, null,
        h(Flex, { gap: 3, align: "center" }, h(Heading, { as: "h2", size: "lg" }, told.title), h(State, { told })),
        h(Muted, null, `last success ${ago(told.last_success)}`,
          told.within_hours ? `, at most ${span(told.within_hours * 3600)} allowed` : "",
          told.as_of ? `. What follows is of ${moment(told.as_of)}` : ""),
        h("div", null, h(Parts, { health: told.health })))),
    error && h(Waiting, { error }),
    h(Alerts, { told }),
    told.runs.length > 0 && h(Fragment, null,
      h(Tables, { told }), h(Runs, { told }), h(Quarantine, { told }), h(Checks, { told }), h(Budget, { told })));
};

const Waiting = ({ error }) => {
  if (!error) return h(Flex, { gap: 2, align: "center", p: 4 }, h(Spinner), "Asking the warehouse …");
  return h(Box, { role: "alert", p: 4 },
    error.status === 404 ? "This DAG is not a source of Landfall." : error.message);
};

const Overview = ({ chosen, choose }) => {
  const { told, error } = useAnswer("sources");
  useEffect(() => { if (told?.length && !chosen) choose(told[0].source); }, [told]);
  if (!told) return h(Waiting, { error });
  if (!told.length) return h(Box, { p: 4 }, "There is no source whose DAG you may see.");
  return h(Flex, { gap: 3, wrap: "wrap", mb: 6 }, told.map((one) =>
    h(Box, {
      key: one.source, as: "button", onClick: () => choose(one.source), "aria-pressed": chosen === one.source,
      textAlign: "left", borderWidth: "1px", borderRadius: "md", p: 3, minW: "230px", flex: "1", cursor: "pointer",
      borderTopWidth: "4px", borderTopColor: COLOR[one.state], bg: chosen === one.source ? "bg.muted" : undefined,
    },
      h(Flex, { gap: 3, align: "center" }, h(Score, { health: one.health }),
        h(Box, null, h(Text, { fontWeight: "bold" }, one.title), h(State, { told: one }))),
      h(Text, { fontSize: "sm", color: "fg.muted", mt: 2 },
        one.alerts.length ? one.alerts[0].happened : `last success ${ago(one.last_success)}`,
        one.alerts.length > 1 ? ` (and ${one.alerts.length - 1} more)` : ""))));
};

// --- the three places -----------------------------------------------------------------------------------------------------

const Page = () => {
  const [chosen, choose] = useState(null);
  return h(Box, { p: 4, overflowY: "auto", height: "100%" },
    h(Heading, { as: "h1", size: "xl", mb: 4 }, "Landfall"),
    h(Overview, { chosen, choose }),
    chosen && h(Fragment, null, h(Source, { key: chosen, name: chosen }), to(`/dags/${chosen}`, `Open DAG ${chosen}`)));
};

const Tab = ({ dagId }) => h(Box, { p: 4, overflowY: "auto", height: "100%" }, h(Source, { key: dagId, name: dagId }));

const Strip = () => {
  const { told, error } = useAnswer("sources");
  if (!told || !told.length) return error ? h(Waiting, { error }) : null;
  return h(Flex, { as: "section", "aria-label": "Landfall", gap: 3, wrap: "wrap", align: "center", my: 2 },
    h(Link, { to: "/plugin/landfall" }, h(Heading, { size: "sm" }, "Landfall")),
    told.map((one) =>
      h(Link, { key: one.source, to: `/dags/${one.source}/plugin/landfall-health`, title: one.alerts[0]?.happened },
        h(Flex, { gap: 2, align: "center", borderWidth: "1px", borderRadius: "md", px: 2, py: 1 },
          h(Score, { health: one.health, size: 30 }), one.title, h(State, { told: one })))));
};

const PLACES = { nav: ["Landfall", Page], dag: ["Landfall health", Tab], home: ["Landfall at a glance", Strip] };
const [name, Place] = PLACES[here.search.slice(1)] ?? PLACES.nav;
globalThis[name] = Place;
globalThis.AirflowPlugin = Place;
