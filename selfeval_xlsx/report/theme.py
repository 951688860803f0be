"""The theme of the shipped Word templates: what Word offers for charts and new styles. The text does not use it."""

A = "http://schemas.openxmlformats.org/drawingml/2006/main"
_COLOURS = {
    "dk1": "000000", "lt1": "FFFFFF", "dk2": "1F3864", "lt2": "E7E6E6", "accent1": "2F5597", "accent2": "C55A11",
    "accent3": "7F7F7F", "accent4": "BF9000", "accent5": "5B9BD5", "accent6": "548235", "hlink": "0563C1",
    "folHlink": "954F72",
}  # fmt: skip
_PLACEHOLDER = '<a:solidFill><a:schemeClr val="phClr"/></a:solidFill>'
_LINE = f'<a:ln w="9525">{_PLACEHOLDER}</a:ln>'
_EFFECT = "<a:effectStyle><a:effectLst/></a:effectStyle>"
_LEVELS = 3
"""A theme has fills, lines and effects of three strengths; here they are the same."""


def theme(heading: str, text: str) -> str:
    """The part word/theme/theme1.xml with the faces of headings and of text."""
    colours = "".join(f'<a:{name}><a:srgbClr val="{value}"/></a:{name}>' for name, value in _COLOURS.items())
    fonts = "".join(
        f'<a:{kind}><a:latin typeface="{face}"/><a:ea typeface="{face}"/><a:cs typeface=""/></a:{kind}>'
        for kind, face in (("majorFont", heading), ("minorFont", text))
    )
    formats = "".join(
        f"<a:{kind}>{one * _LEVELS}</a:{kind}>"
        for kind, one in (
            ("fillStyleLst", _PLACEHOLDER),
            ("lnStyleLst", _LINE),
            ("effectStyleLst", _EFFECT),
            ("bgFillStyleLst", _PLACEHOLDER),
        )
    )
    return (
        f'<a:theme xmlns:a="{A}" name="公文"><a:themeElements><a:clrScheme name="公文">{colours}</a:clrScheme>'
        f'<a:fontScheme name="公文">{fonts}</a:fontScheme><a:fmtScheme name="公文">{formats}</a:fmtScheme>'
        "</a:themeElements></a:theme>"
    )
