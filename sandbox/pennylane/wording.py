"""Invented names and texts. Nobody and nothing here exists."""

from __future__ import annotations

FIRST_NAMES = (
    "Zoé",
    "Léa",
    "Anaïs",
    "Maëlys",
    "Inès",
    "Chloé",
    "Océane",
    "Noémie",
    "Éloïse",
    "Françoise",
    "Jérôme",
    "Loïc",
    "Noël",
    "Gaëtan",
    "Hervé",
    "Théo",
    "Raphaël",
    "Łukasz",
    "Søren",
    "Ngũgĩ",
)
LAST_NAMES = (
    "Lemaître",
    "Bérard",
    "Nuñez",
    "Le Goff",
    "d’Arcy",
    "Château",
    "Müller",
    "Dubœuf",
    "Faÿ",
    "Hénault",
    "Pérès",
    "Ribéry-Tanguy",
    "Åkesson",
    "O'Brien",
    "Lefèvre",
    "Garçon",
    "Vœgtlin",
    "Prévôt",
    "Marchésin",
    "Öztürk",
)
TRADES = (
    "Atelier",
    "Boulangerie",
    "Menuiserie",
    "Cabinet",
    "Imprimerie",
    "Brasserie",
    "Librairie",
    "Fonderie",
    "Ébénisterie",
    "Société",
    "Garage",
    "Pâtisserie",
    "Établissements",
    "Maison",
    "Comptoir",
    "Domaine",
)
QUALITIES = (
    "du Nord",
    "de l’Étang",
    "Élan & Fils",
    "Saint-Cœur",
    "des Tilleuls",
    "Grand’Rue",
    "de la Forêt",
    "Bleu Nuit",
    "Ñandú",
    "« Le Phare »",
    "d'Armorique",
    "des Trois Chênes",
    "Zürich-Lyon",
    "Łódź Import",
    "Ça & Là",
    "Noël ☕",
    "さくら",
    "Ελιά",
    "du Midi\u00a0Vert",
    "de l'Œuvre",
)
LEGAL_FORMS = ("SARL", "SAS", "SA", "EURL", "SCOP", "")
STREETS = (
    "rue des Lilas",
    "avenue de l’Europe",
    "chemin du Puits",
    "place de l'Église",
    "quai Émile-Zola",
    "allée n° 3",
)
CITIES = (
    ("75011", "Paris"),
    ("69003", "Lyon"),
    ("59800", "Lille"),
    ("29200", "Brest"),
    ("76600", "Le Havre"),
    ("44000", "Nantes"),
    ("13002", "Marseille"),
    ("67000", "Strasbourg"),
    ("97400", "Saint-Denis"),
    ("20000", "Ajaccio"),
)
GOODS = (
    "Chaise",
    "Étagère",
    "Lampe",
    "Forfait conseil",
    "Abonnement",
    "Câble réseau",
    "Thé vert",
    "Maintenance",
    "Formation",
    "Bûche de chêne",
    "Impression A3",
    "Fût de bière",
    "Heure d’atelier",
    "Crème à l’œuf",
    "Clé à cliquet",
)
VARIANTS = (
    "standard",
    "grand modèle",
    "n° 5",
    "premium",
    "50 cm × 70 cm",
    "« Édition »",
    "lot de 12",
    "à l’unité",
)
UNITS = ("piece", "hour", "day", "kg", "litre", "no_unit", "")
BANK_TEXTS = (
    "VIR SEPA",
    "PRLV SEPA",
    "CARTE",
    "FRAIS BANCAIRES",
    "REMISE CHÈQUE N°",
    "VIR INST",
    "COTISATION",
    "RETRAIT DAB",
)
FAMILIES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Agence", ("Paris", "Lyon", "Brest", "Siège")),
    ("Projet", ("Été 2026", "Refonte", "Œuvre commune")),
)
"""Analytical category families and their categories."""

PLAN: tuple[tuple[str, str, str], ...] = (
    ("101000", "Capital", "equity"),
    ("164000", "Emprunts auprès des établissements de crédit", "liability"),
    ("218300", "Matériel de bureau et matériel informatique", "asset"),
    ("401000", "Fournisseurs", "supplier"),
    ("411000", "Clients", "customer"),
    ("421000", "Personnel – rémunérations dues", "liability"),
    ("445660", "TVA déductible sur biens et services", "vat"),
    ("445710", "TVA collectée", "vat"),
    ("471000", "Compte d’attente", "suspense"),
    ("512000", "Banque", "bank"),
    ("606300", "Fournitures d’entretien et petit équipement", "expense"),
    ("607000", "Achats de marchandises", "expense"),
    ("613200", "Locations immobilières", "expense"),
    ("622600", "Honoraires", "expense"),
    ("625100", "Voyages et déplacements", "expense"),
    ("627000", "Services bancaires et assimilés", "expense"),
    ("706000", "Prestations de services", "revenue"),
    ("707000", "Ventes de marchandises", "revenue"),
)
"""The accounts every book has: number, label, type."""

VAT_VARIANTS = ("FR_200", "FR_100", "FR_55", "FR_21", "exempt", "crossborder", "extracom")
"""VAT codes a revenue or expense account exists once for, under one number."""

VAT_RATES = {
    "FR_200": 2000,
    "FR_100": 1000,
    "FR_55": 550,
    "FR_21": 210,
    "exempt": 0,
    "extracom": 0,
    "FR_15_385": 1539,
}
"""Hundredths of a percent by VAT code."""
