"""The Word report: context, official layout, template engine. Only here is a Word library used."""
