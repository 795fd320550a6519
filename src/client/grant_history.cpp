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

constexpr int kAttempts = 3;

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

/// The revocation that ended the grant; none when it ended with its proxy.
Result<std::optional<GrantRevocation>> load_revocation(Session& session,
                                                       const PatientId& patient,
                                                       const GrantId& grant,
                                                       const consent::GrantEntry& ended) {
  const consent::Grantor self{ledger::AuthorisationRole::kPatient, id_cast<AccountId>(patient)};
  for (const consent::Grantor& by : {self, ended.grantor}) {
    const auto key = consent::RevocationEntry::key(patient, grant, by);
    GALEN_TRY(const auto proven, prove_state(session, key));
    if (!proven.state.present) continue;
    GALEN_TRY(const auto entry, consent::RevocationEntry::decode(proven.state.value));
    if (entry.time != ended.ended_at) continue;
    return std::optional(GrantRevocation{std::string(name(entry.by.role)),
                                         std::string(name(entry.reason)),
                                         entry.time.value,
                                         entry.height.value});
  }
  return std::optional<GrantRevocation>();
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
    GALEN_TRY(view.revoked, load_revocation(session, patient, grant, entry));
  }
  return std::optional(std::move(view));
}

using Line = std::vector<GrantVersionView>;

/// In the order they were given; of one block by id.
Result<Line> load_line(Session& session, const PatientId& patient, const GrantId& asked) {
  GALEN_TRY(const auto listed, fetch_grants(session, patient));
  Line line;
  for (const GrantId& id : line_of(Grants(listed.begin(), listed.end()), asked)) {
    GALEN_TRY(auto view, load_version(session, patient, id));
    const bool is_listed = std::any_of(
        listed.begin(), listed.end(), [&](const auto& grant) { return grant.first == id; });
    if (view) {
      line.push_back(*std::move(view));
    } else if (is_listed) {
      return fail(ErrorCode::kUnavailable,
                  "a node shows an older state than the one that has the grant; ask again");
    } else if (id == asked) {
      return fail(ErrorCode::kNotFound, "no such grant or denial");
    }
  }
  std::sort(line.begin(), line.end(), [](const auto& a, const auto& b) {
    return std::pair(a.given_height, a.grant.grant) < std::pair(b.given_height, b.grant.grant);
  });
  for (auto& view : line) {
    const auto by = std::find_if(line.begin(), line.end(), [&](const auto& other) {
      return std::find(other.supersedes.begin(), other.supersedes.end(), view.grant.grant) !=
             other.supersedes.end();
    });
    if (by != line.end()) view.superseded_by = by->grant.grant;
  }
  return line;
}

/// What is superseded has a successor in the same tree.
bool is_whole(const Line& line) {
  return std::all_of(line.begin(), line.end(), [](const auto& view) {
    return view.grant.status != "superseded" || view.superseded_by;
  });
}

}  // namespace

Result<std::vector<GrantVersionView>> grant_history(Session& session,
                                                    const GrantHistoryOptions& options) {
  GALEN_TRY(const auto patient, parse_id<PatientId>(options.patient, "--patient"));
  GALEN_TRY(const auto asked, parse_id<GrantId>(options.grant, "grant id"));
  if (!options.label_key.empty())
    GALEN_TRY_STATUS(session.labels().read_key(options.label_key, patient));
  // Between the list and the proofs a successor may come: then the next list has it.
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    GALEN_TRY(auto line, load_line(session, patient, asked));
    if (is_whole(line)) return line;
  }
  return fail(ErrorCode::kCorrupt, "a node hides the grant that replaced a superseded one");
}

}  // namespace galen::client
