#include "client/grant_history.h"

#include "base/hex.h"
#include "client/consent.h"
#include "client/consent_views.h"
#include "client/registration.h"
#include "client/state_query.h"
#include "client/text_forms.h"

#include <algorithm>
#include <map>
#include <set>

namespace galen::client {

namespace {

using Grants = std::map<GrantId, consent::GrantEntry>;

/// Whatever is connected with `asked`, in either direction.
std::set<GrantId> line_of(const Grants& grants, const GrantId& asked) {
  std::map<GrantId, std::vector<GrantId>> neighbours;
  for (const auto& [id, entry] : grants) {
    for (const GrantId& older : entry.terms.supersedes) {
      neighbours[id].push_back(older);
      neighbours[older].push_back(id);
    }
  }
  std::set<GrantId> line{asked};
  std::vector<GrantId> open{asked};
  while (!open.empty()) {
    const GrantId next = open.back();
    open.pop_back();
    for (const GrantId& other : neighbours[next]) {
      if (line.insert(other).second) open.push_back(other);
    }
  }
  return line;
}

Result<std::optional<GrantRevocation>> load_revocation(Session& session,
                                                       const PatientId& patient,
                                                       const GrantId& grant) {
  const auto key = consent::RevocationEntry::key(patient, grant);
  GALEN_TRY(const auto proven, prove_state(session, key));
  if (!proven.state.present) return std::optional<GrantRevocation>();
  GALEN_TRY(const auto entry, consent::RevocationEntry::decode(proven.state.value));
  return std::optional(GrantRevocation{
      std::string(name(entry.by.role)), entry.reason_code, entry.time.value, entry.height.value});
}

/// nullopt: the ledger has no such grant of the patient.
Result<std::optional<GrantVersionView>> load_version(Session& session,
                                                     const PatientId& patient,
                                                     const GrantId& grant) {
  GALEN_TRY(const auto proven, prove_state(session, consent::GrantEntry::key(patient, grant)));
  if (!proven.state.present) return std::optional<GrantVersionView>();
  GALEN_TRY(const auto entry, consent::GrantEntry::decode(proven.state.value));
  GrantVersionView view;
  view.grant = to_view(session, grant, entry, session.now());
  view.brought_by = session.organisation_name(entry.submitter);
  view.given_ms = entry.created.value;
  view.given_height = entry.height.value;
  for (const GrantId& older : entry.terms.supersedes) view.supersedes.push_back(to_hex(older));
  view.proven_height = proven.proof.header.height.value;
  if (entry.status == policy::GrantStatus::kRevoked) {
    GALEN_TRY(view.revoked, load_revocation(session, patient, grant));
  }
  return std::optional(std::move(view));
}

}  // namespace

Result<std::vector<GrantVersionView>> grant_history(Session& session,
                                                    const GrantHistoryOptions& options) {
  GALEN_TRY(const auto patient, parse_id<PatientId>(options.patient, "--patient"));
  GALEN_TRY(const auto asked, parse_id<GrantId>(options.grant, "grant id"));
  if (!options.label_key.empty())
    GALEN_TRY_STATUS(session.labels().read_key(options.label_key, patient));
  GALEN_TRY(const auto listed, fetch_grants(session, patient));
  std::vector<GrantVersionView> views;
  for (const GrantId& id : line_of(Grants(listed.begin(), listed.end()), asked)) {
    GALEN_TRY(auto view, load_version(session, patient, id));
    if (view) views.push_back(*std::move(view));
    if (!view && id == asked) return fail(ErrorCode::kNotFound, "no such grant or denial");
  }
  std::sort(views.begin(), views.end(), [](const auto& a, const auto& b) {
    return std::pair(a.given_height, a.grant.grant) < std::pair(b.given_height, b.grant.grant);
  });
  for (auto& view : views) {
    const auto by = std::find_if(views.begin(), views.end(), [&](const auto& other) {
      return std::find(other.supersedes.begin(), other.supersedes.end(), view.grant.grant) !=
             other.supersedes.end();
    });
    if (by != views.end()) view.superseded_by = by->grant.grant;
  }
  return views;
}

}  // namespace galen::client
