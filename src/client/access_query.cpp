#include "client/access_query.h"

#include "client/key_file.h"
#include "client/text_forms.h"
#include "modules/audit/audit.h"
#include "modules/policy/terminology.h"

#include <utility>

namespace galen::client {

namespace {

constexpr std::uint64_t kListingMs = 5 * 60 * 1000;

Result<std::optional<crypto::PrivateKey>> agreement_key_of(const Session& session,
                                                           const AccountId& person,
                                                           const std::string& key_file) {
  if (!key_file.empty()) {
    GALEN_TRY(auto key, read_key_file(key_file));
    return std::optional(std::move(key));
  }
  auto known = session.people().load(person);
  if (known) return std::move(known->agreement_key);
  if (known.error().code != ErrorCode::kNotFound) return tl::unexpected(known.error());
  return std::optional<crypto::PrivateKey>();
}

/// Only proxies assert their purposes, so a purpose tells the role of who signs with his own key.
ledger::AuthorisationRole role_of(const Session& session,
                                  const AccountId& person,
                                  const Asker& asker,
                                  const PatientId& patient) {
  using ledger::AuthorisationRole;
  if (person == id_cast<AccountId>(patient)) return AuthorisationRole::kPatient;
  const auto known = session.people().load(person);
  const bool is_proxy = known ? known->kind == PersonKind::kProxy
                              : asker.purpose == "FAMRQT" || asker.purpose == "PWATRNY";
  return is_proxy ? AuthorisationRole::kProxy : AuthorisationRole::kRequester;
}

}  // namespace

Result<Requester> find_requester(Session& session, const Asker& asker, const PatientId& patient) {
  const std::uint16_t version = session.genesis().parameters.terminology_version;
  if (!policy::terminology(version).is_purpose(asker.purpose)) {
    return fail(ErrorCode::kInvalidArgument,
                "--purpose: '" + asker.purpose + "' is no code of the PurposeOfUse tree");
  }
  GALEN_TRY(const AccountId person, practitioner_or_default(session, asker.person));
  GALEN_TRY(auto signer, find_signer(session, person, asker.key_file));
  GALEN_TRY(auto agreement_key, agreement_key_of(session, person, asker.agreement_key_file));
  return Requester{
      std::move(signer), std::move(agreement_key), role_of(session, person, asker, patient)};
}

ledger::AccessRequest make_request(Session& session,
                                   const Requester& requester,
                                   const Question& question) {
  ledger::AccessRequest request;
  request.request = session.random().next<RequestId>();
  request.person = requester.signer.account;
  request.organisation = session.organisation().id;
  request.patient = question.patient;
  request.records = question.records;
  request.purpose = question.purpose;
  request.action = question.action;
  request.project = question.project;
  if (requester.agreement_key) request.recipient_key = requester.agreement_key->public_key();
  request.expiry = TimeMs{session.now().value + question.valid_ms};
  return request;
}

Result<std::optional<AccountId>> parse_project(const std::string& text) {
  if (text.empty()) return std::optional<AccountId>();
  const std::string prefix = "project:";
  const std::string id = text.starts_with(prefix) ? text.substr(prefix.size()) : text;
  GALEN_TRY(const auto project, parse_id<AccountId>(id, "--project"));
  return std::optional(project);
}

Result<CommittedAccess> commit_access(Session& session,
                                      const Requester& requester,
                                      const Question& question) {
  const ledger::LogAccess operation{make_request(session, requester, question)};
  GALEN_TRY(auto receipted,
            session.transact_one(authorise(session, operation, requester.role, requester.signer)));
  if (receipted.results.empty()) {
    return fail(ErrorCode::kMalformed, "the node's answer has no result of the access");
  }
  GALEN_TRY(auto outcome, audit::AccessOutcome::decode(receipted.results.front().detail));
  if (outcome.permits.size() != question.records.size()) {
    return fail(ErrorCode::kMalformed, "the node's answer decides other records than asked for");
  }
  return CommittedAccess{
      std::move(receipted), std::move(outcome.permits), operation.request.expiry};
}

Result<CommittedAccess> commit_listing(Session& session,
                                       const Requester& requester,
                                       Question question) {
  question.action = ledger::Action::kDiscover;
  question.records = {RecordId{}};
  question.valid_ms = kListingMs;
  GALEN_TRY(auto access, commit_access(session, requester, question));
  if (!access.permits.front()) return fail(ErrorCode::kNotFound, "not permitted");
  return access;
}

ledger::AccessRequest with_some_record(ledger::AccessRequest request) {
  if (request.records.empty()) request.records.push_back(RecordId{});
  return request;
}

ledger::AccessRequest make_own_query(Session& session,
                                     const Requester& patient,
                                     const PatientId& self,
                                     ledger::OwnQuery query,
                                     BytesView about) {
  return make_request(
      session,
      patient,
      {self, "PATRQT", ledger::Action::kDiscover, {ledger::record_of(query, about)}});
}

Result<OwnRequest> own_request(Session& session,
                               const PersonQuery& asked,
                               ledger::OwnQuery query,
                               BytesView about) {
  if (asked.as.empty() && asked.key_file.empty()) return OwnRequest{};
  GALEN_TRY(const auto self, parse_id<PatientId>(asked.person, "patient"));
  Asker asker;
  asker.person = asked.as.empty() ? asked.person : asked.as;
  asker.key_file = asked.key_file;
  GALEN_TRY(const Requester requester, find_requester(session, asker, self));
  if (requester.role != ledger::AuthorisationRole::kPatient) {
    return fail(ErrorCode::kInvalidArgument,
                "--as: only the patient himself asks by his signature, else his custodian");
  }
  const auto request = make_own_query(session, requester, self, query, about);
  return OwnRequest{encode_query(request), sign_query(session, request, requester)};
}

Bytes encode_query(const ledger::AccessRequest& request) {
  return ledger::encode(ledger::Operation(ledger::LogAccess{request}));
}

Bytes sign_query(const Session& session,
                 const ledger::AccessRequest& request,
                 const Requester& requester) {
  const auto authorised =
      authorise(session, ledger::LogAccess{request}, requester.role, requester.signer);
  return ledger::encode(authorised.authorisations.front());
}

}  // namespace galen::client
