"""What axe cannot decide: text on the home page's band, whose ground is a gradient. Measured pixel by pixel."""

import base64
from typing import Any

import pytest

from tests.browser.conftest import DESK, PHONE, NewPage
from tests.product import Product

LEAST = 4.5  # WCAG 1.4.3
WORST = """async ([picture, colour]) => {
  const image = new Image();
  image.src = `data:image/png;base64,${picture}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.width, image.height];
  const pen = canvas.getContext("2d");
  pen.drawImage(image, 0, 0);
  const linear = (value) => (value /= 255) <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  const light = ([red, green, blue]) => 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
  const text = light(colour.match(/[\\d.]+/g).map(Number));
  const { data } = pen.getImageData(0, 0, image.width, image.height);
  let worst = 21;
  for (let at = 0; at < data.length; at += 4) {
    const ground = light([data[at], data[at + 1], data[at + 2]]);
    worst = Math.min(worst, (Math.max(text, ground) + 0.05) / (Math.min(text, ground) + 0.05));
  }
  return worst;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["390 px", "1280 px"])
def test_text_on_the_band_stands_out(new_page: NewPage, product: Product, size: dict[str, int], scheme: Any) -> None:
    page = new_page(viewport=size, color_scheme=scheme, bypass_csp=True)
    page.goto(product.url)
    texts = page.locator(".hero h1, .hero .lead, .hero form.search > label").all()
    assert len(texts) == 3
    colours = [each.evaluate("each => getComputedStyle(each).color") for each in texts]
    page.add_style_tag(content=".hero h1, .hero .lead, .hero label { color: transparent !important }")
    table = new_page()
    for text, colour in zip(texts, colours, strict=True):
        picture = base64.b64encode(text.screenshot()).decode()
        worst = table.evaluate(WORST, [picture, colour])
        assert worst >= LEAST, text.inner_text()
