"""Every page of Halo: named once (`catalogue`), set up once (`stage`), then looked at by axe, by html-validate, by a
browser that weighs it, and by `python -m tests.pages.pictures`, which makes a picture of each."""
