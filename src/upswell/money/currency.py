"""Currencies: the ISO 4217 codes and how many digits their minor unit has.

An amount is only readable beside its currency: 1500 is fifteen hundred yen (JPY, no minor unit),
and BHD 1.500 is one dinar and five hundred fils. `minor_units("JPY")` is 0, `minor_units("BHD")`
is 3, nearly all others have 2.

Source: ISO 4217 list one (active codes, as maintained by SIX for ISO, 2025), and from list three
the codes withdrawn since 2015, which old billing files still carry. Codes for metals, funds, units
of account and testing (XAU, CHE, XDR, XTS and their like) are no money a customer pays in.
"""

from __future__ import annotations

from typing import Final

_TWO: Final = """
AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF
CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG
HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU
MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR
SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED
VES WST XCD XCG YER ZAR ZMW ZWG
"""
_NONE: Final = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
_THREE: Final = "BHD IQD JOD KWD LYD OMR TND"
_WITHDRAWN_TWO: Final = "BGN CUC HRK MRO SLL STD VEF ZWL"
_WITHDRAWN_NONE: Final = "BYR"

_MINOR_UNITS: Final[dict[str, int]] = {
    code: digits
    for codes, digits in (
        (_TWO, 2),
        (_NONE, 0),
        (_THREE, 3),
        (_WITHDRAWN_TWO, 2),
        (_WITHDRAWN_NONE, 0),
    )
    for code in codes.split()
}


def currency_codes() -> tuple[str, ...]:
    """Every code accepted, sorted, in capitals."""
    return tuple(sorted(_MINOR_UNITS))


def is_currency(code: str) -> bool:
    """Whether `code` is an ISO 4217 code in capitals."""
    return code in _MINOR_UNITS


def minor_units(code: str) -> int:
    """Digits after the point when an amount of this currency is shown: 0, 2 or 3.

    Raises `KeyError` for a code that is none; imports hold such rows back before anyone asks.
    """
    return _MINOR_UNITS[code]
