"""The authorization server: who may call `/api/mcp`, for whom, with what, and for how long.

The one rule that must not break: a code or token goes only to a redirect URI that `redirects` accepts, for a grant
that a person made on the consent page, and everything about it is stored as a digest.

Authlib decides what the RFCs say (`rfc/`); our tables and the modules here keep the state. The table of
checks in `authorization` is the authorization endpoint. Choices that a newcomer would question, by row of the
interoperability list that our tests play:

- S-07: `/authorize` at the origin redirects, `/token` and `/register` answer there: some clients drop the path.
- S-12: the token endpoint is limited by client, with a high ceiling by address; registration keeps the documented ten
  an hour by address, since clients with a metadata document need none.
- S-11: what a firewall does to vendors' requests cannot be seen from here. Halo itself turns nobody away by user agent,
  and `flask doctor` checks the address.
- S-17: `/register` never says that registration is off and names no other way in: who is admitted is decided by each
  workspace (`admission`), and at registration nobody knows yet which one it will be.
- S-24, S-49: what a new grant supersedes, and why never for a metadata document: `grants`.
- A `+` in `state` is a plus where the value is padded Base64, against RFC 6749 appendix B: VS Code sends it so and
  reads the answer otherwise (`authorization.states_in`).
- A known client whose document cannot be reached is described by our own list, because a closed network could connect
  none else: public, answered on the person's computer or at the vendor's addresses (`known_clients.may_answer`).
- S-32: after an application scheme the answer is a page that goes on, not a bare 302: no blank tab stays behind.
- S-37: the bare origin is not our resource; only `/api/mcp` and the aliases are, however they are spelled.
- Logos are shown only where somebody besides the client vouches for them, and never hot-linked: `logos`.
- S-43: the challenge names `actions:*` as soon as some tool acts, else the read scopes: `challenge`.
- S-46: a refresh token used again within 60 s gets the identical pair, against strict RFC 9700: `tokens`.
- S-47: decided against 8 to 24 hours: access tokens live one hour as the product documents; the setting
  `HALO_ACCESS_TOKEN_SECONDS` goes up to a day, and a revocation is in force on the next call either way.
"""
