#include "client/grant_history.h"

#include "base/hex.h"
#include "client/access_query.h"
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

/// Whose grants, and who wants to know.
struct Asked {
  Session& session;
  const GrantHistoryOptions& options;
  PatientId patient;
};

/// Empty when the custodian asks. `about` as in own_request().
Result<OwnRequest> sign(const Asked& asked, ledger::OwnQuery query, BytesView about = {}) {
  const GrantHistoryOptions& options = asked.options;
  const PersonQuery person{options.patient, options.as, options.key_file};
  return own_request(asked.session, person, query, about);
}

/// nullopt: absent. To a patient nobody proves that, for it would show him a neighbour in the tree.
Result<std::optional<ProvenKey>> find_asked(const Asked& asked, const ledger::StateKey& key) {
  GALEN_TRY(const OwnRequest own, sign(asked, ledger::OwnQuery::kProofs, key.encode()));
  auto proven = prove_state(asked.session, key, own);
  const bool is_himself = !own.request.empty();
  if (!proven && is_himself && proven.error().code == ErrorCode::kNotFound) {
    return std::optional<ProvenKey>();
  }
  if (!proven) return tl::unexpected(proven.error());
  if (!proven->state.present) return std::optional<ProvenKey>();
  return std::optional<ProvenKey>(*std::move(proven));
}

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
Result<std::optional<GrantRevocation>> load_revocation(const Asked& asked,
                                                       const GrantId& grant,
                                                       const consent::GrantEntry& ended) {
  const consent::Grantor self{ledger::AuthorisationRole::kPatient,
                              id_cast<AccountId>(asked.patient)};
  for (const consent::Grantor& by : {self, ended.grantor}) {
    const auto key = consent::RevocationEntry::key(asked.patient, grant, by);
    GALEN_TRY(const auto proven, find_asked(asked, key));
    if (!proven) continue;
    GALEN_TRY(const auto entry, consent::RevocationEntry::decode(proven->state.value));
    if (entry.time != ended.ended_at) continue;
    return std::optional(GrantRevocation{std::string(name(entry.by.role)),
                                         std::string(name(entry.reason)),
                                         entry.time.value,
                                         entry.height.value});
  }
  // Only what a proxy gave ends without a revocation of its own.
  if (ended.grantor.role != ledger::AuthorisationRole::kProxy) {
    return fail(ErrorCode::kUnavailable,
                "a node does not show who ended a grant, or shows an older state; ask again");
  }
  return std::optional<GrantRevocation>();
}

/// nullopt: the ledger has no such grant of the patient.
Result<std::optional<GrantVersionView>> load_version(const Asked& asked, const GrantId& grant) {
  Session& session = asked.session;
  GALEN_TRY(const auto proven, find_asked(asked, consent::GrantEntry::key(asked.patient, grant)));
  if (!proven) return std::optional<GrantVersionView>();
  GALEN_TRY(const auto entry, consent::GrantEntry::decode(proven->state.value));
  GrantVersionView view;
  view.grant = to_view(session, grant, entry, session.now());
  view.brought_by = session.organisation_name(entry.submitter);
  view.given_ms = entry.created.value;
  view.given_height = entry.height.value;
  for (const GrantId& older : entry.terms.supersedes) view.supersedes.push_back(to_hex(older));
  view.proven_height = proven->proof.header.height.value;
  if (entry.status == policy::GrantStatus::kRevoked) {
    GALEN_TRY(view.revoked, load_revocation(asked, grant, entry));
  }
  return std::optional(std::move(view));
}

using Line = std::vector<GrantVersionView>;

/// In the order they were given; of one block by id.
Result<Line> load_line(const Asked& asked, const GrantId& first) {
  GALEN_TRY(const OwnRequest own, sign(asked, ledger::OwnQuery::kGrants));
  GALEN_TRY(const auto listed, fetch_grants(asked.session, asked.patient, own));
  Line line;
  for (const GrantId& id : line_of(Grants(listed.begin(), listed.end()), first)) {
    GALEN_TRY(auto view, load_version(asked, id));
    const bool is_listed = std::any_of(
        listed.begin(), listed.end(), [&](const auto& grant) { return grant.first == id; });
    if (view) {
      line.push_back(*std::move(view));
    } else if (is_listed) {
      return fail(ErrorCode::kUnavailable,
                  "a node shows an older state than the one that has the grant; ask again");
    } else if (id == first) {
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
  GALEN_TRY(const auto grant, parse_id<GrantId>(options.grant, "grant id"));
  if (!options.label_key.empty())
    GALEN_TRY_STATUS(session.labels().read_key(options.label_key, patient));
  const Asked asked{session, options, patient};
  // Between the list and the proofs a successor may come: then the next list has it.
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    GALEN_TRY(auto line, load_line(asked, grant));
    if (is_whole(line)) return line;
  }
  return fail(ErrorCode::kCorrupt, "a node hides the grant that replaced a superseded one");
}

}  // namespace galen::client
