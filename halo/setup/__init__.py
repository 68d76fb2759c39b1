"""What a developer pastes to put the widget on a site: install snippets and identity samples.

The rule that must not break: no secret leaves. A snippet carries the workspace id and the publishable
widget key, which every visitor of the site sees anyway; a sample names the environment variable of the
identity secret, never its value.

Snippets and samples are real files, so that editors colour them and the tests run them.
"""
