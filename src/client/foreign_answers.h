// What a node of another organisation says is believed only as far as a certificate of the
// consortium and the paths below it show it (docs/cli.md, "Other hospitals' nodes"). Needs the
// genesis file and nothing else. Thread rule: functions from any thread.
#pragma once

#include "base/ids.h"
#include "base/result.h"
#include "client/session.h"
#include "ledger/genesis.h"
#include "modules/consent/grants.h"
#include "modules/records/records.h"

#include <vector>

namespace galen::client {

/// The decoded index entry, once `proof` shows exactly these bytes among the records of `patient`
/// in the state of a certified block. kCorrupt with the step that failed.
[[nodiscard]] Result<records::RecordEntry> check_index_entry(BytesView entry,
                                                             BytesView proof,
                                                             const PatientId& patient,
                                                             const ledger::Genesis& genesis);

/// The same of a grant or denial.
[[nodiscard]] Result<consent::GrantEntry> check_grant_entry(BytesView entry,
                                                            BytesView proof,
                                                            const PatientId& patient,
                                                            const GrantId& grant,
                                                            const ledger::Genesis& genesis);

/// Where and how `transaction` was committed, read from `proof`, with the results of its operations
/// that the node told, once they are those the block commits to. kCorrupt with the step that
/// failed. REQUIRES: no operation of the transaction is erased.
[[nodiscard]] Result<Receipted> check_commit(const ledger::Transaction& transaction,
                                             BytesView proof,
                                             std::vector<ledger::OperationResult> results,
                                             const ledger::Genesis& genesis);

}  // namespace galen::client
