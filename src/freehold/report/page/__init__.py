"""The parts of the HTML report: elements that cannot be forgotten to be escaped, the style sheet, the pictures."""
