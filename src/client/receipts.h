// The patient's receipt of a grant or denial: who, what, why, until when, how to end it, and where
// it is proven. Thread rule: one thread.
#pragma once

#include "client/session.h"
#include "galen/own_queries.h"
#include "galen/types.h"

namespace galen::client {

/// From proofs that were verified. kNotFound, kCorrupt; kInvalidArgument, kConfig for who asks.
[[nodiscard]] Result<ReceiptView> make_receipt(Session& session, const ReceiptQuery& query);

}  // namespace galen::client
