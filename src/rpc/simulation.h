// Consent.Simulate and Consent.Explain: decide() for what is not yet, and for what was. Both for
// the patient's custodian alone; they leave no access entry and open nothing. Thread rule: any
// thread.
#pragma once

#include "galen/v1/galen.pb.h"
#include "rpc/backend.h"
#include "rpc/callers.h"

namespace galen::rpc {

/// Decisions in one answer.
inline constexpr std::size_t kMaxSimulated = 4096;
inline constexpr int kMaxSimulatedRequests = 64;

/// kNotFound for an unknown patient and for everybody but the custodian; kInvalidArgument,
/// kTooLarge, kUnavailable on a stale node. Operations that would be refused are an answer: the
/// code of the first, no items.
[[nodiscard]] Status simulate(Backend& backend,
                              const Caller& caller,
                              const v1::SimulateRequest& request,
                              v1::SimulateResponse& response);

/// Everything of open_audit_gate (audit_gate.h); kNotFound also for an unknown transaction, and one
/// without an access of this patient that the reading covers.
[[nodiscard]] Status explain(Backend& backend,
                             const Caller& caller,
                             const v1::ExplainRequest& request,
                             v1::ExplainResponse& response);

}  // namespace galen::rpc
