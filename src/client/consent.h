// Granting, denying, revoking, listing and checking consent; listing accesses (docs/consent.md).
// Thread rule: one thread.
#pragma once

#include "client/session.h"
#include "galen/decisions.h"
#include "modules/consent/grants.h"

#include <utility>
#include <vector>

namespace galen::client {

/// Terms from the user's options; what the ledger would refuse for sure is kInvalidArgument.
[[nodiscard]] Result<ledger::GrantTerms> make_terms(Session& session,
                                                    const ConsentOptions& options);

/// Of a group or project that is not followed: its present version, proven, is the one that is
/// meant. kNotFound.
[[nodiscard]] Status freeze_group(Session& session, ledger::GrantTerms& terms);

/// Terms for people, without id and status.
[[nodiscard]] GrantView terms_view(Session& session,
                                   ledger::Effect effect,
                                   const ledger::GrantTerms& terms);

/// The id of the grant is in `id`.
[[nodiscard]] Result<Registered> grant_access(Session& session, const ConsentOptions& options);
[[nodiscard]] Result<Committed> revoke_access(Session& session, const RevokeOptions& options);
[[nodiscard]] Result<std::vector<GrantView>> list_grants(Session& session,
                                                         const ListGrantsOptions& options);
/// Every grant and denial of a patient, ended ones too, as the state holds them; proven one by one
/// when another organisation's node tells. `own` as in GrantQuery.
[[nodiscard]] Result<std::vector<std::pair<GrantId, consent::GrantEntry>>> fetch_grants(
    Session& session, const PatientId& patient, const OwnRequest& own = {});
[[nodiscard]] Result<std::vector<CheckView>> check_access(Session& session,
                                                          const CheckOptions& options);

}  // namespace galen::client
