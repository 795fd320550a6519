#include "client/consent.h"

#include "base/hex.h"
#include "client/access_query.h"
#include "client/consent_views.h"
#include "client/foreign_answers.h"
#include "client/queries.h"
#include "client/registration.h"
#include "client/text_forms.h"
#include "modules/audit/entries.h"
#include "modules/consent/grants.h"

#include <functional>
#include <utility>

namespace galen::client {

namespace {

/// By the patient, in his name by a proxy, or by his custodian for what he signed on paper.
template <class Options>
Result<Receipted> give(Session& session,
                       const ledger::Operation& operation,
                       const Options& options) {
  using ledger::AuthorisationRole;
  if (options.paper) {
    if (!options.as.empty() || !options.key_file.empty()) {
      return fail(ErrorCode::kInvalidArgument,
                  "--paper: the custodian signs; not with --as or --key");
    }
    const Signer custodian{
        session.organisation().id, session.signing_key(), session.signing_index()};
    return session.transact_one(
        authorise(session, operation, AuthorisationRole::kCustodian, custodian));
  }
  auto account = id_cast<AccountId>(ledger::subject_of(operation));
  auto role = AuthorisationRole::kPatient;
  if (!options.as.empty()) {
    GALEN_TRY(const auto other, parse_id<AccountId>(options.as, "--as"));
    if (other != account) role = AuthorisationRole::kProxy;
    account = other;
  }
  GALEN_TRY(const Signer signer, find_signer(session, account, options.key_file));
  return session.transact_one(authorise(session, operation, role, signer));
}

Result<std::vector<CheckView>> ask_check(Session& session, const ledger::AccessRequest& request) {
  GALEN_TRY(const auto answers, session.ask([&](NodeApi& node, Deadline until) {
    return node.check(encode_query(request), until);
  }));
  std::vector<CheckView> views;
  for (const auto& answer : answers) views.push_back(to_view(answer));
  return views;
}

Result<GrantQuery> make_query(Session& session, const ListGrantsOptions& options) {
  GrantQuery query;
  if (!options.all) {
    GALEN_TRY(query.patient, parse_id<PatientId>(options.patient, "--patient"));
  } else if (!options.patient.empty() || !options.as.empty() || !options.key_file.empty() ||
             !options.label_key.empty()) {
    return fail(ErrorCode::kInvalidArgument,
                "--all: not with --patient, --as, --key or --label-key");
  }
  if (!options.status.empty()) query.status = options.status == "active" ? 1 : 2;
  if (!options.effect.empty()) query.effect = options.effect == "permit" ? 1 : 2;
  if (!options.grantee.empty()) {
    GALEN_TRY(const auto grantee, parse_grantee(session, options.grantee));
    query.grantee = grantee.id;
  }
  if (!options.expiring.empty()) {
    GALEN_TRY(const auto before, parse_time(options.expiring, session.now(), "--expiring"));
    query.expiring_before_ms = before.value;
  }
  GALEN_TRY(query.at_height, parse_height(options.at));
  query.with_proofs = options.with_proofs;
  if (query.with_proofs && query.at_height != 0) {
    return fail(ErrorCode::kInvalidArgument,
                "--proofs: not with --at; of what stood in the past there is no proof");
  }
  GALEN_TRY(
      query.own,
      own_request(
          session, {options.patient, options.as, options.key_file}, ledger::OwnQuery::kGrants));
  return query;
}

/// As a node told it.
struct ListedGrant {
  GrantId id;
  consent::GrantEntry entry;
  Bytes proof;  ///< verified; empty when nobody asked for it
};

struct GrantPage {
  std::vector<ListedGrant> grants;
  Bytes token;  ///< of the next page; empty after the last
};

/// One node's page, proven when the query wants the proofs or the node is another organisation's.
Result<GrantPage> ask_page(
    const Session& session, NodeApi& node, GrantQuery query, const Bytes& token, Deadline until) {
  query.with_proofs = query.with_proofs || !session.is_own(node);
  GALEN_TRY(Page page, node.grants(query, token, until));
  const std::string where = "the node of " + node.address().organisation;
  if (query.with_proofs && page.proofs.size() != page.entries.size()) {
    return fail(ErrorCode::kCorrupt, where + " does not prove its grants");
  }
  GrantPage told;
  for (std::size_t i = 0; i < page.entries.size(); ++i) {
    if (page.ids[i].size() != GrantId::kSize) {
      return fail(ErrorCode::kMalformed, where + ": a wrong grant id");
    }
    const auto id = GrantId::from(page.ids[i]);
    auto entry = query.with_proofs
                     ? check_grant_entry(
                           page.entries[i], page.proofs[i], query.patient, id, session.genesis())
                     : consent::GrantEntry::decode(page.entries[i]);
    if (!entry) return fail_in(where, entry.error());
    told.grants.push_back({id, *std::move(entry), Bytes()});
    if (query.with_proofs) told.grants.back().proof = std::move(page.proofs[i]);
  }
  told.token = std::move(page.token);
  return told;
}

/// Page by page.
Status each_grant(Session& session,
                  const GrantQuery& query,
                  const std::function<void(const ListedGrant&)>& each) {
  Bytes token;
  do {
    const auto ask = [&](NodeApi& node, Deadline until) {
      return ask_page(session, node, query, token, until);
    };
    GALEN_TRY(GrantPage page, session.ask_at(query.at_height, ask));
    for (const ListedGrant& grant : page.grants) each(grant);
    token = std::move(page.token);
  } while (!token.empty());
  return {};
}

}  // namespace

GrantView terms_view(Session& session, ledger::Effect effect, const ledger::GrantTerms& terms) {
  GrantView view;
  view.patient = to_hex(terms.patient);
  view.permit = effect == ledger::Effect::kPermit;
  view.grantee = grantee_text(session, terms.grantee);
  view.purposes = terms.purposes;
  view.actions = mask_names(terms.actions, ledger::Action::kRedisclose);
  view.classes = mask_names(terms.classes, ledger::RecordClass::kOther);
  view.confidentiality = name(terms.confidentiality);
  view.labels = session.labels().read(terms.patient, terms.labels, terms.labels_key_id);
  view.labels_key_id = terms.labels_key_id;
  view.from_ms = terms.valid_from.value;
  if (terms.valid_to) view.until_ms = terms.valid_to->value;
  view.max_uses = terms.max_uses;
  if (terms.data_from) view.data_from = date_text(*terms.data_from);
  if (terms.data_to) view.data_to = date_text(*terms.data_to);
  for (const auto& limit : terms.data) {
    view.data.push_back(std::string(name(limit.meaning)) + ":" + to_hex(limit.id));
  }
  view.regions = terms.regions;
  if (terms.erase_at) view.erase_by_ms = terms.erase_at->value;
  view.forbid_emergency = terms.emergency_override == ledger::EmergencyOverride::kForbid;
  return view;
}

Result<Registered> grant_access(Session& session, const ConsentOptions& options) {
  GALEN_TRY(auto terms, make_terms(session, options));
  ledger::Operation operation = ledger::GrantAccess{terms};
  if (!options.permit) operation = ledger::DenyAccess{terms};
  GALEN_TRY(const auto receipted, give(session, operation, options));
  if (receipted.results.empty() || receipted.results.front().detail.size() != GrantId::kSize) {
    return fail(ErrorCode::kMalformed, "the node's answer has no grant id");
  }
  return Registered{to_hex(receipted.results.front().detail), to_committed(receipted)};
}

Result<Committed> revoke_access(Session& session, const RevokeOptions& options) {
  ledger::RevokeAccess operation;
  GALEN_TRY(operation.patient, parse_id<PatientId>(options.patient, "--patient"));
  GALEN_TRY(operation.grant, parse_id<GrantId>(options.grant, "grant id"));
  GALEN_TRY(operation.reason, parse_code<ledger::RevocationReason>(options.reason, "--reason"));
  GALEN_TRY(const auto receipted, give(session, operation, options));
  return to_committed(receipted);
}

Result<std::vector<GrantView>> list_grants(Session& session, const ListGrantsOptions& options) {
  GALEN_TRY(auto query, make_query(session, options));
  if (!options.label_key.empty()) {
    GALEN_TRY_STATUS(session.labels().read_key(options.label_key, query.patient));
  }
  TimeMs now = session.now();
  if (options.at) {
    const auto block = get_block(session, *options.at);
    if (!block && block.error().code == ErrorCode::kNotFound) {
      return fail(ErrorCode::kUnavailable, "--at: no node that answers has a block of this height");
    }
    if (!block) return tl::unexpected(block.error());
    now = TimeMs{block->time_ms};
  }
  std::vector<GrantView> views;
  const auto show = [&](const ListedGrant& grant) {
    views.push_back(to_view(session, grant.id, grant.entry, now));
    if (options.with_proofs) views.back().proof = grant.proof;
  };
  if (!options.all) {
    GALEN_TRY_STATUS(each_grant(session, query, show));
    return views;
  }
  GALEN_TRY(const auto patients, session.people().list(PersonKind::kPatient));
  for (const AccountId& patient : patients) {
    query.patient = id_cast<PatientId>(patient);
    const Status listed = each_grant(session, query, show);
    // Who is erased stays in the directory, and has no grants any more.
    if (!listed && listed.error().code != ErrorCode::kNotFound)
      return tl::unexpected(listed.error());
  }
  return views;
}

Result<std::vector<std::pair<GrantId, consent::GrantEntry>>> fetch_grants(Session& session,
                                                                          const PatientId& patient,
                                                                          const OwnRequest& own) {
  GrantQuery query;
  query.patient = patient;
  query.own = own;
  std::vector<std::pair<GrantId, consent::GrantEntry>> grants;
  GALEN_TRY_STATUS(each_grant(session, query, [&](const ListedGrant& grant) {
    grants.emplace_back(grant.id, grant.entry);
  }));
  return grants;
}

Result<std::vector<CheckView>> check_access(Session& session, const CheckOptions& options) {
  ledger::AccessRequest request;
  GALEN_TRY(request.patient, parse_id<PatientId>(options.patient, "--patient"));
  GALEN_TRY(request.records, parse_ids<RecordId>(options.records, "--record"));
  GALEN_TRY(request.action, parse_code<ledger::Action>(options.action, "--action"));
  request.purpose = options.purpose;
  GALEN_TRY(request.project, parse_project(options.project));
  request.expiry = TimeMs{session.now().value + 60'000};
  request.request = session.random().next<RequestId>();
  if (const auto* organisation = session.find_organisation(options.subject)) {
    request.organisation = organisation->id;
    return ask_check(session, request);
  }
  GALEN_TRY(request.person, parse_subject(options.subject));
  // Which organisation he acts for the node knows.
  return ask_check(session, request);
}

}  // namespace galen::client
