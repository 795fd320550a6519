// Grants and decisions as people read them. Thread rule: pure functions.
#pragma once

#include "client/session.h"
#include "galen/decisions.h"
#include "modules/consent/grants.h"

namespace galen::client {

/// Of `--for`, when it is no member's name: a person. kInvalidArgument.
[[nodiscard]] Result<AccountId> parse_subject(const std::string& text);

/// Organisation name, practitioner id, "group:ID", "project:ID" or "*".
[[nodiscard]] std::string grantee_text(const Session& session, const ledger::Grantee& grantee);
/// The reverse, from an option `--to`. kInvalidArgument.
[[nodiscard]] Result<ledger::Grantee> parse_grantee(const Session& session,
                                                    const std::string& text);

/// `now`: what is active and has ended by then is shown as expired.
[[nodiscard]] GrantView to_view(Session& session,
                                const GrantId& id,
                                const consent::GrantEntry& entry,
                                TimeMs now);
[[nodiscard]] CheckView to_view(const CheckAnswer& answer);

}  // namespace galen::client
