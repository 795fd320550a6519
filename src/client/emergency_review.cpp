// Reviewing emergencies, and what the ledger says about them.
#include "base/hex.h"
#include "client/access_query.h"
#include "client/authorise.h"
#include "client/emergency.h"
#include "client/emergency_api.h"
#include "client/registration.h"
#include "client/text_forms.h"
#include "modules/emergency/declarations.h"
#include "modules/emergency/journals.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace galen::client {

namespace {

Result<DeclarationView> to_view(const Session& session, const DeclarationsAnswer::Item& item) {
  GALEN_TRY(const auto entry, emergency::DeclarationEntry::decode(item.entry));
  const ledger::DeclareEmergency& declared = entry.declaration;
  DeclarationView view;
  view.declaration = to_hex(declared.declaration);
  view.patient = to_hex(declared.patient);
  view.person = to_hex(declared.person);
  view.organisation = session.organisation_name(declared.organisation);
  view.reason = name(declared.reason);
  for (const RecordId& record : declared.records) view.records.push_back(to_hex(record));
  view.from_ms = declared.from.value;
  view.to_ms = declared.to.value;
  view.declared_ms = entry.declared.value;
  view.late = entry.late;
  view.overdue = item.overdue;
  if (item.review.empty()) return view;
  GALEN_TRY(const auto review, emergency::ReviewEntry::decode(item.review));
  view.reviewer = to_hex(review.review.reviewer);
  view.outcome = name(review.review.outcome);
  return view;
}

Result<DeclarationsQuery> make_query(Session& session, const ListDeclarationsOptions& options) {
  const std::string& person = options.patient.empty() ? options.as : options.patient;
  DeclarationsQuery query;
  if (!person.empty()) {
    GALEN_TRY(query.patient, parse_id<PatientId>(person, "--patient"));
  } else if (options.at) {
    return fail(ErrorCode::kInvalidArgument,
                "--at: of one patient; add --patient PID (what waited for review is not kept)");
  }
  GALEN_TRY(query.at_height, parse_height(options.at));
  GALEN_TRY(
      query.own,
      own_request(session, {person, options.as, options.key_file}, ledger::OwnQuery::kEmergencies));
  return query;
}

Status add_page(const Session& session, const DeclarationsAnswer& page, DeclarationList& list) {
  list.open = page.open;
  list.overdue = page.overdue;
  list.limit = page.limit;
  for (const auto& item : page.items) {
    GALEN_TRY(auto view, to_view(session, item));
    list.declarations.push_back(std::move(view));
  }
  return {};
}

Status add_page(const Session& session, const JournalsAnswer& page, JournalReport& report) {
  for (const auto& journal : page.journals) {
    GALEN_TRY(const auto entry, emergency::JournalEntry::decode(journal.entry));
    report.journals.push_back({to_hex(journal.journal),
                               session.organisation_name(entry.organisation),
                               entry.last,
                               entry.logged,
                               journal.present,
                               entry.follows ? to_hex(*entry.follows) : ""});
  }
  for (const auto& evidence : page.evidence) {
    GALEN_TRY(const auto place, emergency::JournalPlace::decode(evidence.place));
    report.evidence.push_back({to_hex(place.journal),
                               session.organisation_name(evidence.organisation),
                               place.number,
                               place.is_mismatch() ? "mismatch" : "gap",
                               session.organisation_name(place.receipt_of)});
  }
  return {};
}

Result<std::optional<AccountId>> member_named(const Session& session,
                                              const std::optional<std::string>& name) {
  if (!name) return std::optional<AccountId>();
  const auto* member = session.find_organisation(*name);
  if (member != nullptr) return std::optional(member->id);
  return fail(ErrorCode::kInvalidArgument, "--organisation: '" + *name + "' is no member");
}

Result<PatientId> patient_of(Session& session, const ReviewOptions& options) {
  if (!options.patient.empty()) return parse_id<PatientId>(options.patient, "--patient");
  GALEN_TRY(const auto waiting, list_declarations(session, {}));
  const auto found =
      std::find_if(waiting.declarations.begin(), waiting.declarations.end(), [&](const auto& view) {
        return view.declaration == options.declaration;
      });
  if (found != waiting.declarations.end()) return parse_id<PatientId>(found->patient, "patient");
  return fail(ErrorCode::kNotFound,
              "no such emergency of this organisation waits for review; a custodian names the "
              "patient with --patient PID");
}

}  // namespace

Result<DeclarationList> list_declarations(Session& session,
                                          const ListDeclarationsOptions& options) {
  GALEN_TRY(const auto query, make_query(session, options));
  DeclarationList list;
  Bytes token;
  do {
    const auto ask = [&](NodeApi& node, Deadline until) {
      return declarations(node, query, token, until);
    };
    GALEN_TRY(const auto page, session.ask_at(query.at_height, ask));
    GALEN_TRY_STATUS(add_page(session, page, list));
    token = page.token;
  } while (!token.empty());
  return list;
}

Result<Committed> review_emergency(Session& session, const ReviewOptions& options) {
  ledger::ReviewEmergency operation;
  GALEN_TRY(operation.declaration, parse_id<DeclarationId>(options.declaration, "declaration"));
  GALEN_TRY(operation.outcome, parse_code<ledger::ReviewOutcome>(options.outcome, "--outcome"));
  GALEN_TRY(operation.reviewer, practitioner_or_default(session, options.person));
  GALEN_TRY(const Signer signer, find_signer(session, operation.reviewer, options.key_file));
  GALEN_TRY(operation.patient, patient_of(session, options));
  GALEN_TRY(const auto receipted,
            session.transact_one(
                authorise(session, operation, ledger::AuthorisationRole::kRequester, signer)));
  return to_committed(receipted);
}

Result<JournalReport> list_journals(Session& session,
                                    const std::optional<std::string>& organisation) {
  GALEN_TRY(const auto member, member_named(session, organisation));
  JournalReport report;
  Bytes token;
  do {
    GALEN_TRY(const auto page, session.ask([&](NodeApi& node, Deadline until) {
      return journals(node, member, token, until);
    }));
    GALEN_TRY_STATUS(add_page(session, page, report));
    token = page.token;
  } while (!token.empty());
  return report;
}

}  // namespace galen::client
