// Names of what belongs to a record off the chain, for those who store it and those who have to
// find it again when only the ledger is left. FROZEN (docs/formats.md). Thread rule: pure
// functions.
#pragma once

#include "base/bytes.h"
#include "base/ids.h"

namespace galen::ledger {

/// "envelopes-of" || chain || record || address: what an envelopes file is sealed for; its hash is
/// the file's name.
[[nodiscard]] Bytes envelopes_context(const ChainId& chain,
                                      const RecordId& record,
                                      const PayloadAddress& address);
[[nodiscard]] Digest envelopes_name(const ChainId& chain,
                                    const RecordId& record,
                                    const PayloadAddress& address);

}  // namespace galen::ledger
