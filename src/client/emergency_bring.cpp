// Bringing emergencies to the chain once it answers again. Every step may have been done before.
#include "client/emergency_bring.h"

#include "base/hex.h"
#include "client/emergency.h"
#include "client/emergency_api.h"
#include "client/emergency_files.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

namespace galen::client {

namespace {

using ledger::ResultCode;

void note(AnchorReport& report, const std::string& what, ResultCode code) {
  report.problems.push_back(what + ": " + std::string(name(code)));
}

Status bring_kept_declarations(Session& session, AnchorReport& report) {
  const EmergencyFiles files(session.emergency_directory());
  GALEN_TRY(auto kept, files.declarations());
  for (KeptDeclaration& each : kept) {
    const bool over = each.declaration.to <= session.now();
    if (!each.committed) {
      GALEN_TRY(const ResultCode code, bring_declaration(session, each));
      if (code == ResultCode::kOk) {
        ++report.declared;
      } else {
        note(report, "declaration " + to_hex(each.declaration.declaration), code);
      }
    }
    if (each.committed && over) files.forget(each);
  }
  return {};
}

Status bring_receipts(Session& session, AnchorReport& report) {
  const EmergencyFiles files(session.emergency_directory());
  GALEN_TRY(const auto receipts, files.receipts());
  for (const auto& receipt : receipts) {
    GALEN_TRY(const ResultCode code, bring(session, {receipt, {}}));
    if (code != ResultCode::kOk) {
      note(report, "receipt " + std::to_string(receipt.number), code);
      continue;
    }
    ++report.receipts;
    files.forget(receipt);
  }
  return {};
}

/// Everything of the journal since the last anchor.
Status bring_anchor(Session& session, const EmergencyEntries& entries, AnchorReport& report) {
  if (entries.last == entries.anchored) return {};
  ledger::AnchorJournal operation;
  operation.organisation = session.organisation().id;
  operation.journal = entries.journal;
  operation.first = entries.anchored + 1;
  operation.last = entries.last;
  operation.previous = entries.anchored_head;
  operation.head = entries.head;
  // The ledger's word first: a journal that was never anchored was lost unseen.
  if (entries.anchored == 0) operation.lost = entries.present ? entries.present : entries.follows;
  GALEN_TRY(const ResultCode code, bring(session, {operation, {}}));
  report.anchored = code == ResultCode::kOk;
  if (code != ResultCode::kOk) note(report, "journal " + to_hex(entries.journal), code);
  return {};
}

Status bring_entry(Session& session, const EmergencyItem& item, AnchorReport& report) {
  GALEN_TRY(const auto declaration, ledger::decode_operation(item.declaration));
  const auto* declared = std::get_if<ledger::DeclareEmergency>(&declaration);
  const bool own = declared != nullptr && declared->organisation == session.organisation().id;
  if (own && !item.declared) {
    GALEN_TRY(const auto declared_by, ledger::decode_authorisation(item.declared_by));
    GALEN_TRY(const ResultCode code, bring(session, {declaration, {declared_by}}));
    if (code == ResultCode::kOk) {
      ++report.declared;
    } else {
      note(report, "declaration " + to_hex(declared->declaration), code);
    }
  }
  if (item.logged) return {};
  GALEN_TRY(const auto entry, ledger::decode_operation(item.entry));
  GALEN_TRY(const auto authorisation, ledger::decode_authorisation(item.authorisation));
  GALEN_TRY(const ResultCode code, bring(session, {entry, {authorisation}}));
  if (code == ResultCode::kOk) {
    ++report.logged;
  } else if (const auto* log = std::get_if<ledger::LogEmergency>(&entry)) {
    note(report, "entry " + std::to_string(log->number), code);
  }
  return {};
}

Status bring_journal(Session& session, AnchorReport& report) {
  GALEN_TRY(NodeApi * node, session.node_of(session.organisation().id));
  std::uint64_t from = 0;
  do {
    GALEN_TRY(const auto entries, emergency_entries(*node, from, session.deadline()));
    report.journal = to_hex(entries.journal);
    report.last = entries.last;
    if (from == 0) GALEN_TRY_STATUS(bring_anchor(session, entries, report));
    for (const EmergencyItem& item : entries.items) {
      GALEN_TRY_STATUS(bring_entry(session, item, report));
    }
    from = entries.next;
  } while (from != 0);
  if (report.logged == 0) return {};
  // Asked again, the node drops from its journal what is in its logs.
  GALEN_TRY(const auto rest, emergency_entries(*node, 0, session.deadline()));
  static_cast<void>(rest);
  return {};
}

}  // namespace

Result<ResultCode> bring(Session& session, const Authorised& operation) {
  GALEN_TRY(const auto receipted, session.transact({operation}));
  if (receipted.ok) return ResultCode::kOk;
  const ResultCode code =
      receipted.results.empty() ? ResultCode::kNotExecuted : receipted.results.front().code;
  return code == ResultCode::kAlreadyExists ? ResultCode::kOk : code;
}

Result<ResultCode> bring_declaration(Session& session, KeptDeclaration& declared) {
  if (declared.committed) return ResultCode::kOk;
  GALEN_TRY(const ResultCode code,
            bring(session, {declared.declaration, {declared.authorisation}}));
  if (code != ResultCode::kOk) return code;
  GALEN_TRY_STATUS(EmergencyFiles(session.emergency_directory()).mark_committed(declared));
  declared.committed = true;
  return code;
}

Result<AnchorReport> anchor_receipts(Session& session) {
  AnchorReport report;
  GALEN_TRY_STATUS(bring_kept_declarations(session, report));
  GALEN_TRY_STATUS(bring_receipts(session, report));
  return report;
}

Result<AnchorReport> anchor_emergencies(Session& session) {
  GALEN_TRY(AnchorReport report, anchor_receipts(session));
  GALEN_TRY_STATUS(bring_journal(session, report));
  return report;
}

}  // namespace galen::client
