"""Sign a Halo identity token. Needs PyJWT: pip install pyjwt"""

import os
import sys
import time

import jwt


def halo_identity_token(user_id: str, **claims: object) -> str:
    """A token that proves to Halo who this signed-in user is, for 24 hours."""
    issued = int(time.time())
    payload = {**claims, "user_id": str(user_id), "iat": issued, "exp": issued + 24 * 60 * 60}
    return jwt.encode(payload, os.environ["HALO_IDENTITY_SECRET"], algorithm="HS256")


if __name__ == "__main__":
    print(halo_identity_token(sys.argv[1]))
