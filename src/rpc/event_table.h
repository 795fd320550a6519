// What an operation means to those who watch the ledger: one table, with a line for every
// operation; one without does not compile. Thread rule: pure functions.
#pragma once

#include "base/ids.h"
#include "galen/v1/galen.pb.h"
#include "ledger/operation.h"
#include "ledger/receipt.h"

#include <optional>

namespace galen::rpc {

/// Who sees an event beside the submitter, who answers for its subject, and the subject himself.
enum class Audience : std::uint8_t {
  kNobodyElse,
  kWhoMayDiscover,  ///< persons to whom decide() permits DISCOVER of the record
  kAuditors,        ///< auditors, of records that decide() lets them DISCOVER
  kProxies,         ///< the subject's proxies who may read his audit log
};

/// An operation as an event.
struct Happening {
  v1::EventKind kind = v1::EVENT_REJECTED;
  Audience audience = Audience::kNobodyElse;
  std::optional<RecordId> record;
  std::optional<GrantId> grant;
};

/// The table for operations that were executed with `result`; EVENT_REJECTED, for nobody else, for
/// any that was refused.
[[nodiscard]] Happening happening_of(const ledger::Operation& operation,
                                     const ledger::OperationResult& result);

}  // namespace galen::rpc
