"""A style is what the theme's options cannot say: sizes and spaces, for light and dark alike."""

STYLE = """<style>
[data-testid="stHeader"] { background: transparent; height: 2.5rem; min-height: 0;
  pointer-events: none; }
[data-testid="stHeader"] div { pointer-events: none; }
[data-testid="stHeader"] button { pointer-events: auto; }
[data-testid="stSidebarHeader"] { position: absolute; right: 0; z-index: 1; padding: 0.5rem;
  height: auto; }
[data-testid="stSidebarUserContent"] { padding: 1.1rem 0 1rem; margin: 0 -0.75rem; }
.stMainBlockContainer { padding: 1.1rem 1.25rem 3rem; max-width: 76rem; margin-right: auto; }
.stMainBlockContainer [data-testid="stVerticalBlock"] { gap: 0.6rem; }
.stMainBlockContainer h1 { font-size: 1.6rem; padding: 0 0 0.4rem; }
.stMainBlockContainer h2 { font-size: 1.2rem; padding: 0.8rem 0 0.3rem; }
.stApp:has([data-testid="stExpandSidebarButton"]) h1 { padding-left: 1.75rem; }
.st-key-topics [role="radiogroup"], .st-key-views [role="radiogroup"] { flex-wrap: wrap; }
.st-key-head { padding-right: 1.5rem; }
@media (max-width: 480px) { .st-key-page button { padding: 0.25rem 0.5rem; } }
.st-key-crumbs button, .st-key-changes button { min-height: 1.9rem; padding: 0.1rem 0.5rem; }
p.brand { font-weight: 700; font-size: 1.05rem; margin: 0; }
.st-key-picture button { padding: 2px; border-radius: 8px; height: auto; min-height: 0; }
.st-key-picture button img { width: 39px; height: 39px; max-height: none; border-radius: 6px;
  display: block; }
.st-key-seen img { image-rendering: pixelated; border-radius: 6px; }
.stMainBlockContainer .st-key-classes { gap: 0.1rem; }
.st-key-classes button { min-height: 1.5rem; padding: 0; }
.st-key-classes button, .st-key-classes button > div { justify-content: left; text-align: left; }
.st-key-classes button:disabled { color: inherit; }
.st-key-classes button p { font-size: 0.875rem; overflow: hidden; text-overflow: ellipsis;
  white-space: nowrap; }
.st-key-both table { font-size: 0.85rem; font-variant-numeric: tabular-nums; }
.st-key-both td, .st-key-both th { padding: 0.1rem 0.5rem; }
.st-key-empty-figure { position: absolute; visibility: hidden; height: 0; overflow: hidden; }
p.share { display: flex; gap: 0.5rem; align-items: center; margin: 0; font-size: 0.875rem;
  font-variant-numeric: tabular-nums; }
p.share span { width: min(8rem, 22vw); }
p.share i { display: block; height: 0.6rem; min-width: 1px; border-radius: 2px;
  background: #3b82c4; }
.stMultiSelect [data-tag] * { color: light-dark(#fff, #06121f); }
</style>"""


def ink() -> str:
    """Returns the style of text in figures, which takes the page's colour, light or dark.

    Their own ink is that of white paper.
    """
    from inspector.figures.theme import template  # noqa: PLC0415 - it imports plotly

    colour = tuple(bytes.fromhex(template()["layout"]["font"]["color"].removeprefix("#")))
    rule = f'.stPlotlyChart text[style*="fill: rgb{colour}"]'
    return f"<style>{rule} {{ fill: currentColor !important; }}</style>"
