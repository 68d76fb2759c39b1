"""Currencies in which a workspace may count: ISO 4217, those in use, without precious metals and units of account."""

from __future__ import annotations

from halo.ground.errors import Mistake

DEFAULT = "USD"
_CODES = """
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY COP CRC
CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR
ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK
MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE
SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XCG XOF XPF
YER ZAR ZMW ZWG
"""
CODES = tuple(_CODES.split())


def clean(code: str) -> str:
    """The code as it is stored; raises `Mistake` for one that is no currency in use. Empty is the default."""
    known = code.strip().upper() or DEFAULT
    if known not in CODES:
        raise Mistake("currency", "Choose a currency by its three letters (ISO 4217), such as USD or EUR.")
    return known
