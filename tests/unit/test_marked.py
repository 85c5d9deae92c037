import pytest

from dev.marked import filled


def test_each_part_is_put_into_its_place_and_the_rest_stays(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# A\n<!-- one: begin -->\nold\n<!-- one: end -->\nb\n<!-- two: begin -->\n<!-- two: end -->\nc\n")
    assert filled(page, {"two": "| 2 |", "one": "new"}) == (
        "# A\n<!-- one: begin -->\nnew\n<!-- one: end -->\nb\n<!-- two: begin -->\n| 2 |\n<!-- two: end -->\nc\n"
    )


@pytest.mark.parametrize(
    "text", ["no place\n", "<!-- one: begin -->\n", 2 * "<!-- one: begin -->\n<!-- one: end -->\n"]
)
def test_a_page_without_its_place_is_named(tmp_path, text):
    page = tmp_path / "page.md"
    page.write_text(text)
    with pytest.raises(ValueError, match=r"page\.md must have one line <!-- one: begin -->"):
        filled(page, {"one": "new"})
