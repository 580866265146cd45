"""A report in the forms that CI systems read: Markdown, JUnit, SARIF, benchmark JSON, annotations.

Each module is one pure function from a `judging.Report` to text. The same report gives the same
text; none holds a time.
"""
