"""Goods: articles, their sizes, and what they are sorted by."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from landfall.records import Json, column
from landfall.sources.prohandel.layers import RAW
from landfall.sources.prohandel.records.common import FORBIDDEN, MONEY, Changing, relation


class Article(Changing, table="article", key="id", layer=RAW, forbidden=FORBIDDEN):
    """Articles, as the vendor has them; one row for all sizes."""

    id: str
    number: int | None = column(loose=True)
    article_flag: str | None = column("articleFlag", loose=True)
    supplier_article_number: str | None = column("supplierArticleNumber", loose=True)
    individual_article_number: str | None = column("individualArticleNumber", loose=True)
    information: str | None = column(loose=True)
    text1: str | None = column(loose=True)
    text2: str | None = column(loose=True)
    text3: str | None = column(loose=True)
    price: Decimal | None = column(precision=MONEY)
    label_price: Decimal | None = column("labelPrice", precision=MONEY)
    calculated_price: Decimal | None = column("calculatedPrice", precision=MONEY)
    purchase_price: Decimal | None = column("purchasePrice", precision=MONEY)
    is_active: bool | None = column("isActive")
    is_nos: bool | None = column("isNOS")
    size_type: str | None = column("sizeType", loose=True)
    image_name: str | None = column("imageName", loose=True)
    brochure: str | None = column(loose=True)
    supplier_color: str | None = column("supplierColor", loose=True)
    supplier_season: str | None = column("supplierSeason", loose=True)
    supplier_category: str | None = column("supplierCategory", loose=True)
    gender: int | None = column(loose=True)
    manufacturer_number: int | None = column("manufacturerNumber", loose=True, zero=True)
    brand_number: int | None = column("brandNumber", loose=True, zero=True)
    supplier_number: int | None = relation("supplierNumber", "supplier")
    category_number: int | None = relation("categoryNumber", "category")
    season_number: int | None = column("seasonNumber", loose=True, zero=True)
    shop_number: int | None = column("shopNumber", loose=True, zero=True)
    pattern_number: int | None = column("patternNumber", loose=True, zero=True)
    label_number: int | None = column("labelNumber", loose=True, zero=True)
    color_number: int | None = column("colorNumber", loose=True, zero=True)
    shape_number: int | None = column("shapeNumber", loose=True, zero=True)
    material_number: int | None = column("materialNumber", loose=True, zero=True)
    target_group_number: int | None = column("targetGroupNumber", loose=True, zero=True)
    function_number: int | None = column("functionNumber", loose=True, zero=True)
    currency_number: str | None = column("currencyNumber", loose=True)
    country_number: str | None = column("countryNumber", loose=True)
    price_unit_number: str | None = column("priceUnitNumber", loose=True)
    first_purchase_date: dt.date | None = column("firstPurchaseDate", loose=True)
    last_purchase_date: dt.date | None = column("lastPurchaseDate", loose=True)
    first_order_date: dt.date | None = column("firstOrderDate", loose=True)
    last_order_date: dt.date | None = column("lastOrderDate", loose=True)
    first_sale_date: dt.date | None = column("firstSaleDate", loose=True)
    last_sale_date: dt.date | None = column("lastSaleDate", loose=True)


class ArticleSize(Changing, table="articlesize", key="id", layer=RAW, forbidden=FORBIDDEN):
    """Sizes of articles in each branch, the only source of stock."""

    id: str
    number: int | None = column(loose=True)
    article_number: int | None = relation("articleNumber", "article")
    branch_number: int | None = relation("branchNumber", "branch")
    size: str | None = column(loose=True)
    size_group: Json | None = column("sizeGroup", loose=True)
    ean: str | None = column(loose=True)
    stock_quantity: Decimal | None = column("stockQuantity", precision=MONEY)
    selection_quantity: Decimal | None = column("selectionQuantity", precision=MONEY)
    purchase_price: Decimal | None = column("purchasePrice", precision=MONEY)
    fifo: Decimal | None = column(precision=MONEY)
    sale_price: Decimal | None = column("salePrice", precision=MONEY)
    label_price: Decimal | None = column("labelPrice", precision=MONEY)
    is_nos: bool | None = column("isNOS")
    volume_unit: Json | None = column("volumeUnit", loose=True)
    currency_number: str | None = column("currencyNumber", loose=True)
    price_unit_number: str | None = column("priceUnitNumber", loose=True)
    first_purchase_date: dt.date | None = column("firstPurchaseDate", loose=True)
    last_purchase_date: dt.date | None = column("lastPurchaseDate", loose=True)
    first_sale_date: dt.date | None = column("firstSaleDate", loose=True)
    last_sale_date: dt.date | None = column("lastSaleDate", loose=True)


class Category(Changing, table="category", key="id", layer=RAW, forbidden=FORBIDDEN):
    """Categories of articles."""

    id: str
    number: int | None = column(loose=True)
    name: str | None = column(loose=True)
    search_term: str | None = column("searchTerm", loose=True)
    main_category_number: int | None = column("mainCategoryNumber", loose=True, zero=True)
    general_category_number: int | None = column("generalCategoryNumber", loose=True, zero=True)
    department_number: int | None = column("departmentNumber", loose=True, zero=True)
    main_department_number: int | None = column("mainDepartmentNumber", loose=True, zero=True)
    label_number: int | None = column("labelNumber", loose=True, zero=True)
    tax_number: int | None = column("taxNumber", loose=True, zero=True)
    is_service_category: bool | None = column("isServiceCategory")


class Label(Changing, table="label", key="id", layer=RAW, forbidden=FORBIDDEN):
    """Labels."""

    id: str
    number: int | None = column(loose=True)
    name: str | None = column(loose=True)
    search_term: str | None = column("searchTerm", loose=True)


class Season(Changing, table="season", key="id", layer=RAW, forbidden=FORBIDDEN):
    """Seasons."""

    id: str
    season_number: int | None = column("seasonNumber", loose=True)
    name: str | None = column(loose=True)
    search_term: str | None = column("searchTerm", loose=True)
    valid_from: dt.date | None = column("validFrom", loose=True)
    valid_until: dt.date | None = column("validUntil", loose=True)


class Size(Changing, table="size", key="id", layer=RAW, forbidden=FORBIDDEN):
    """Sizes by their group."""

    id: str
    size_group_number: int | None = column("sizeGroupNumber", loose=True)
    name: str | None = column(loose=True)
    position: int | None = column(loose=True)


class Supplier(Changing, table="supplier", key="id", layer=RAW, forbidden=FORBIDDEN):
    """Suppliers."""

    id: str
    number: int | None = column(loose=True)
    name1: str | None = column(loose=True)
    name2: str | None = column(loose=True)
    name3: str | None = column(loose=True)
    search_term: str | None = column("searchTerm", loose=True)
    is_active: bool | None = column("isActive")
    is_edi: bool | None = column("isEDI")
    street: str | None = column(loose=True)
    zip_code: str | None = column("zipCode", loose=True)
    city: str | None = column(loose=True)
    country_number: str | None = column("countryNumber", loose=True)
    telephone: str | None = column(loose=True)
    mobile_phone: str | None = column("mobilePhone", loose=True)
    fax: str | None = column(loose=True)
    email: str | None = column(loose=True)
    website: str | None = column(loose=True)
    info1: str | None = column(loose=True)
    info2: str | None = column(loose=True)
    bic: str | None = column(loose=True)
    bank_code: int | None = column("bankCode", loose=True)
    currency_number: str | None = column("currencyNumber", loose=True)
    shipment_option_number: int | None = column("shipmentOptionNumber", loose=True)
    payment_option_number: int | None = column("paymentOptionNumber", loose=True)


class Inventory(Changing, table="inventory", key="id", layer=RAW, forbidden=FORBIDDEN):
    """Sheets of stock-takings; they hold no stock."""

    id: str
    branch_number: int | None = column("branchNumber", loose=True, zero=True)
    category_number: int | None = column("categoryNumber", loose=True, zero=True)
    supplier_number: int | None = column("supplierNumber", loose=True, zero=True)
    shop_number: int | None = column("shopNumber", loose=True, zero=True)
    active: bool | None
    date: dt.date | None = column(loose=True)
    stocktaking_date: dt.date | None = column("stocktakingDate", loose=True)
    type: int | None = column(loose=True)
