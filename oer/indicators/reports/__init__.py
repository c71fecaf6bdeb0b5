"""Reports of indicators: put together once, written as Word, PDF, workbook or JSON."""
