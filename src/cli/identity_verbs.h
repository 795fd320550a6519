// The verbs of accounts, one function each, as in verbs.h. Thread rule: one thread.
#pragma once

#include "cli/common_options.h"
#include "galen/identity.h"
#include "galen/own_queries.h"

#include <string>

namespace galen::cli {

[[nodiscard]] int authorize_proxy(const CommonOptions& common, const client::ProxyOptions& options);
[[nodiscard]] int revoke_proxy(const CommonOptions& common,
                               const client::RevokeProxyOptions& options);
[[nodiscard]] int list_proxies(const CommonOptions& common, const client::PersonQuery& query);
[[nodiscard]] int show_patient(const CommonOptions& common, const client::PersonQuery& query);
[[nodiscard]] int rotate_person(const CommonOptions& common,
                                const client::RotatePersonOptions& options);
[[nodiscard]] int rotate_organisation(const CommonOptions& common,
                                      const client::RotateOrganisationOptions& options);
[[nodiscard]] int set_practitioner(const CommonOptions& common,
                                   const client::StandingOptions& options);
[[nodiscard]] int set_organisation(const CommonOptions& common,
                                   const client::StandingOptions& options);
[[nodiscard]] int set_recovery(const CommonOptions& common,
                               const client::SetRecoveryOptions& options);
[[nodiscard]] int request_recovery(const CommonOptions& common,
                                   const client::RequestRecoveryOptions& options);
[[nodiscard]] int veto_recovery(const CommonOptions& common,
                                const client::RecoveryOptions& options);
[[nodiscard]] int complete_recovery(const CommonOptions& common,
                                    const client::RecoveryOptions& options);
[[nodiscard]] int show_recovery(const CommonOptions& common, const client::PersonQuery& query);
/// With `out`, writes this custodian's agreement there instead of linking.
[[nodiscard]] int link_patients(const CommonOptions& common,
                                const client::LinkOptions& options,
                                const std::string& out);
[[nodiscard]] int unlink_patients(const CommonOptions& common, const client::LinkOptions& options);

}  // namespace galen::cli
