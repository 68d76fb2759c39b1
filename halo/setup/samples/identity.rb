# Sign a Halo identity token. Needs the jwt gem: gem install jwt
require "jwt"

# A token that proves to Halo who this signed-in user is, for 24 hours.
def halo_identity_token(user_id, claims = {})
  issued = Time.now.to_i
  payload = claims.merge("user_id" => user_id.to_s, "iat" => issued, "exp" => issued + 24 * 60 * 60)
  JWT.encode(payload, ENV.fetch("HALO_IDENTITY_SECRET"), "HS256")
end

puts halo_identity_token(ARGV.fetch(0)) if __FILE__ == $PROGRAM_NAME
