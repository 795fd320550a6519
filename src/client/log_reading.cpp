#include "client/log_reading.h"

#include "base/hex.h"
#include "client/access_view.h"
#include "client/authorise.h"
#include "client/registration.h"
#include "client/text_forms.h"
#include "modules/audit/log_reading.h"

#include <algorithm>

namespace galen::client {

namespace {

constexpr std::uint64_t kReadingMs = 5 * 60 * 1000;

/// Who acts: his id, and for a person how he signs.
struct Actor {
  AccountId id;
  std::optional<Signer> signer;  ///< none: the organisation itself
  ledger::AuthorisationRole role = ledger::AuthorisationRole::kRequester;
  std::string purpose;
};

/// Only proxies assert these purposes, so they tell the role of who signs with his own key.
bool is_proxy(const Session& session, const AccountId& person, const std::string& purpose) {
  const auto known = session.people().load(person);
  return known ? known->kind == PersonKind::kProxy : purpose == "FAMRQT" || purpose == "PWATRNY";
}

Result<Actor> find_actor(const Session& session, const LogReader& reader, const PatientId& log) {
  Actor actor;
  actor.id = session.organisation().id;
  actor.purpose = reader.purpose.empty() ? "HOPERAT" : reader.purpose;
  if (reader.person.empty()) return actor;
  GALEN_TRY(actor.id, parse_id<AccountId>(reader.person, "--as"));
  GALEN_TRY(actor.signer, find_signer(session, actor.id, reader.key_file));
  if (actor.id == id_cast<AccountId>(log)) {
    actor.role = ledger::AuthorisationRole::kPatient;
    if (reader.purpose.empty()) actor.purpose = "PATRQT";
  } else if (is_proxy(session, actor.id, reader.purpose)) {
    actor.role = ledger::AuthorisationRole::kProxy;
    if (reader.purpose.empty()) actor.purpose = "FAMRQT";
  }
  return actor;
}

Authorised authorised_by(const Session& session,
                         const ledger::Operation& operation,
                         const Actor& actor) {
  if (!actor.signer) return {operation, {}};
  return authorise(session, operation, actor.role, *actor.signer);
}

/// The block of a commit, by its hash.
Result<TimeMs> time_of(Session& session, const Receipted& receipted) {
  return ask_under_reading(session, [&](NodeApi& node, Deadline until) -> Result<TimeMs> {
    GALEN_TRY(const auto answer, node.block(receipted.height, until));
    GALEN_TRY(const auto header, ledger::decode_block_header(answer.header));
    if (ledger::block_hash(header) != receipted.block) {
      return fail(ErrorCode::kCorrupt,
                  "the node of " + node.address().organisation +
                      " shows another block than the one with the reading");
    }
    return header.time;
  });
}

}  // namespace

Result<LogReading> open_reading(Session& session,
                                const PatientId& log,
                                const ReadRange& range,
                                const LogReader& reader) {
  GALEN_TRY(const Actor actor, find_actor(session, reader, log));
  ledger::LogAuditRead operation;
  operation.request = session.random().next<RequestId>();
  operation.log = log;
  operation.person = actor.id;
  operation.organisation = session.organisation().id;
  operation.purpose = actor.purpose;
  operation.expiry = TimeMs{session.now().value + kReadingMs};
  operation.from = range.from;
  // The end of what it may cover: nothing is committed later under this reading.
  operation.to = range.to.value_or(operation.expiry);
  GALEN_TRY(const Receipted receipted,
            session.transact_one(authorised_by(session, operation, actor)));
  if (receipted.results.empty()) {
    return fail(ErrorCode::kMalformed, "the node's answer has no result of the reading");
  }
  GALEN_TRY(const auto outcome, audit::ReadOutcome::decode(receipted.results.front().detail));
  if (!outcome.permit) return fail(ErrorCode::kNotFound, "log not found or not permitted");
  GALEN_TRY(const TimeMs time, time_of(session, receipted));
  return LogReading{log, receipted.id, receipted.height, time};
}

Result<std::vector<AccessView>> list_access(Session& session, const AccessListOptions& options) {
  GALEN_TRY(const auto log, parse_id<PatientId>(options.patient, "--patient"));
  GALEN_TRY(const LogReading reading, open_reading(session, log, {}, options.reader));
  std::vector<AccessView> views;
  for (std::uint64_t from = 0;;) {
    GALEN_TRY(const AccessPage page, ask_under_reading(session, [&](NodeApi& node, Deadline until) {
                return node.accesses({log, reading.transaction, from, false}, until);
              }));
    for (std::size_t i = 0; i < page.entries.size(); ++i) {
      GALEN_TRY(const auto entry, audit::AccessEntry::decode(page.entries[i]));
      views.push_back(access_view(page.first_index + i, entry, session.genesis()));
    }
    from = page.first_index + page.entries.size();
    if (page.entries.empty() || from >= page.count) return views;
  }
}

Result<Committed> log_act(Session& session, const ActOptions& options) {
  const std::string log_text =
      options.patient.empty() ? to_hex(session.organisation().id) : options.patient;
  ledger::LogAdministration act;
  GALEN_TRY(act.log, parse_id<PatientId>(log_text, "--patient"));
  GALEN_TRY(const Actor actor, find_actor(session, options.actor, act.log));
  act.request = session.random().next<RequestId>();
  act.person = actor.id;
  act.organisation = session.organisation().id;
  GALEN_TRY(act.act, parse_code<ledger::AdministrativeAct>(options.act, "--act"));
  act.purpose = actor.purpose;
  GALEN_TRY(act.records, parse_ids<RecordId>(options.records, "--record"));
  std::sort(act.records.begin(), act.records.end());
  if (!options.recipient.empty()) {
    const auto* recipient = session.find_organisation(options.recipient);
    if (recipient == nullptr) {
      return fail(ErrorCode::kInvalidArgument, "--recipient: no such member " + options.recipient);
    }
    act.recipient = recipient->id;
  }
  act.time = session.now();
  if (!options.time.empty()) {
    GALEN_TRY(act.time, parse_time(options.time, session.now(), "--time"));
  }
  GALEN_TRY(const Receipted receipted, session.transact_one(authorised_by(session, act, actor)));
  return to_committed(receipted);
}

}  // namespace galen::client
