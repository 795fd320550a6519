// The patient's receipt of a grant or denial: who, what, why, until when, how to end it, and where
// it is proven. Thread rule: one thread.
#pragma once

#include "client/session.h"
#include "galen/types.h"

namespace galen::client {

/// From a proof that was verified. kNotFound, kCorrupt.
[[nodiscard]] Result<ReceiptView> make_receipt(Session& session,
                                               const std::string& grant,
                                               const std::string& patient);

}  // namespace galen::client
