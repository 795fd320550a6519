#include "client/record_versions.h"

#include "base/hex.h"
#include "client/records.h"
#include "client/registration.h"
#include "client/state_query.h"
#include "client/text_forms.h"
#include "ledger/erasure_entries.h"

#include <deque>
#include <iterator>

namespace galen::client {

namespace {

/// No clinical record has more versions; a node that shows more shows nonsense.
constexpr std::size_t kMaxVersions = 1000;

/// A version from its proof; nullopt when the ledger has no such record of the patient.
struct Version {
  Height proven;
  std::optional<records::RecordEntry> entry;
};

Result<Version> load_version(Session& session, const PatientId& patient, const RecordId& record) {
  GALEN_TRY(const auto proven, prove_state(session, records::RecordEntry::key(patient, record)));
  Version version{proven.proof.header.height, std::nullopt};
  if (!proven.state.present) return version;
  GALEN_TRY(version.entry, records::RecordEntry::decode(proven.state.value));
  if (version.entry->record.record != record) {
    return fail(ErrorCode::kCorrupt, "the proven entry is of another record");
  }
  return version;
}

VersionView erased(const RecordId& record, Height proven) {
  VersionView view;
  view.record = to_hex(record);
  view.status = name(ledger::RecordStatus::kErased);
  view.proven_height = proven.value;
  return view;
}

VersionView to_view(Session& session, const Version& version) {
  const records::RecordEntry& entry = *version.entry;
  VersionView view;
  view.record = to_hex(entry.record.record);
  view.status = name(entry.status);
  view.custodian = session.organisation_name(entry.custodian);
  view.appended_ms = entry.appended.value;
  view.appended_height = entry.height.value;
  view.labels =
      session.labels().read(entry.record.patient, entry.record.labels, entry.record.labels_key_id);
  view.address = to_hex(entry.record.payload);
  view.proven_height = version.proven.value;
  if (entry.origin) {
    view.reason = name(entry.origin->reason);
    if (entry.origin->label_reason) view.label_reason = name(*entry.origin->label_reason);
  }
  if (entry.succeeded) {
    view.superseded_ms = entry.succeeded->time.value;
    view.superseded_height = entry.succeeded->height.value;
  }
  if (entry.retracted) {
    view.retraction = name(entry.retracted->reason);
    view.retracted_ms = entry.retracted->time.value;
    view.retracted_height = entry.retracted->height.value;
  }
  return view;
}

/// One walk along the line of versions.
struct Walk {
  Session& session;
  const PatientId& patient;
  std::deque<VersionView>& views;

  Status run(std::optional<RecordId> next, bool backwards) {
    while (next) {
      if (views.size() >= kMaxVersions) {
        return fail(ErrorCode::kCorrupt, "a line of versions without end");
      }
      GALEN_TRY(const auto version, load_version(session, patient, *next));
      const auto& entry = version.entry;
      // Another entry names it.
      if (!entry) {
        const auto stone = ledger::Tombstone::key(ledger::record_path(*next));
        GALEN_TRY_STATUS(require_erased(session, stone));
      }
      VersionView view = entry ? to_view(session, version) : erased(*next, version.proven);
      views.insert(backwards ? views.begin() : views.end(), std::move(view));
      if (!entry) return {};
      next = backwards ? before(*entry) : after(*entry);
    }
    return {};
  }

  static std::optional<RecordId> before(const records::RecordEntry& entry) {
    return entry.origin ? std::optional(entry.origin->replaces) : std::nullopt;
  }

  static std::optional<RecordId> after(const records::RecordEntry& entry) {
    return entry.succeeded ? std::optional(entry.succeeded->by) : std::nullopt;
  }
};

}  // namespace

Result<PutResult> replace_record(Session& session,
                                 const ReplaceOptions& options,
                                 const Progress& progress) {
  ledger::ReplaceRecord operation;
  GALEN_TRY(operation.replaces, parse_id<RecordId>(options.record, "record id"));
  GALEN_TRY(operation.reason, parse_code<ledger::RecordChange>(options.reason, "--reason"));
  if (!options.label_reason.empty()) {
    GALEN_TRY(operation.label_reason,
              parse_code<ledger::RecordChange>(options.label_reason, "--label-reason"));
  }
  return store_record(
      session,
      options.next,
      [&operation](const ledger::AppendRecord& record) -> ledger::Operation {
        operation.next = record;
        return operation;
      },
      progress);
}

Result<Committed> retract_record(Session& session, const RetractOptions& options) {
  ledger::RetractRecord operation;
  GALEN_TRY(operation.patient, parse_id<PatientId>(options.patient, "--patient"));
  GALEN_TRY(operation.record, parse_id<RecordId>(options.record, "record id"));
  GALEN_TRY(operation.reason, parse_code<ledger::RecordChange>(options.reason, "--reason"));
  GALEN_TRY(const auto receipted, session.transact_one({operation, {}}));
  return to_committed(receipted);
}

Result<std::vector<VersionView>> record_history(Session& session, const HistoryOptions& options) {
  GALEN_TRY(const auto patient, parse_id<PatientId>(options.patient, "--patient"));
  GALEN_TRY(const auto record, parse_id<RecordId>(options.record, "record id"));
  GALEN_TRY(const auto asked, load_version(session, patient, record));
  if (!asked.entry) return fail(ErrorCode::kNotFound, "no such record");
  std::deque<VersionView> views{to_view(session, asked)};
  Walk walk{session, patient, views};
  GALEN_TRY_STATUS(walk.run(Walk::before(*asked.entry), true));
  GALEN_TRY_STATUS(walk.run(Walk::after(*asked.entry), false));
  return std::vector<VersionView>(std::make_move_iterator(views.begin()),
                                  std::make_move_iterator(views.end()));
}

}  // namespace galen::client
