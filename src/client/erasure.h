// Asking for erasures, ordering and attesting them, and holds (PRIVACY.md 13-15). Thread rule: one
// thread.
#pragma once

#include "client/session.h"
#include "galen/erasure.h"
#include "galen/types.h"

#include <string>
#include <vector>

namespace galen::client {

/// Agrees, for a day, to a request that the custodian submits; the text of the file for it.
/// kInvalidArgument.
[[nodiscard]] Result<std::string> approve_erasure(Session& session,
                                                  const ErasureRequestOptions& options);

/// Signed by the patient, agreed to by a second organisation, or both: where this organisation
/// holds or held the patient's keys his signature alone is refused here already (kInvalidArgument).
/// kInvalidArgument, kConfig, kFailedPrecondition naming the result code.
[[nodiscard]] Result<Registered> request_erasure(Session& session,
                                                 const ErasureRequestOptions& options);

/// Takes a request back: signed by the patient when he asked, else as the organisation that did.
/// kNotFound, kInvalidArgument (about somebody else), kConfig, kFailedPrecondition.
[[nodiscard]] Result<Committed> withdraw_erasure(Session& session,
                                                 const WithdrawErasureOptions& options);

/// The order of a request about a patient of this organisation, or that it brought: asks the own
/// node how many bodies go along.
[[nodiscard]] Result<Committed> order_erasure(Session& session, const ErasureOrderOptions& options);

/// What the own node says it has done and has not attested yet, as its organisation. Returns one
/// transaction for each phase. kNotFound, kFailedPrecondition (nothing done yet of the order that
/// is named), kInvalidArgument.
[[nodiscard]] Result<std::vector<Committed>> attest_erasure(Session& session,
                                                            const AttestOptions& options);

/// Options `--retained`, e.g. "keyring-backup:+30d": what the hospital itself keeps, and until
/// when; without an end for a technical reason. kInvalidArgument.
[[nodiscard]] Result<std::vector<ledger::Retained>> parse_retained(
    const std::vector<std::string>& texts, TimeMs now);

/// A line for each that is kept longer than it may be, when it is attested now.
[[nodiscard]] std::vector<std::string> retention_warnings(
    const std::vector<ledger::Retained>& retained, TimeMs now);

/// What an attestation in a block of the time `recorded` names as kept all the same.
[[nodiscard]] std::vector<RetainedView> retained_views(
    const std::vector<ledger::Retained>& retained, TimeMs recorded);

/// Every order, or the one, with this node's phases and what the nodes attested (proven).
[[nodiscard]] Result<std::vector<ErasureView>> erasure_status(Session& session,
                                                              const std::string& order);

/// Proofs of order, tombstone and all attestations there are, in one file (docs/formats.md).
[[nodiscard]] Result<ErasureCertificate> erasure_certificate(Session& session,
                                                             const std::string& order);
/// With the genesis alone. kCorrupt.
[[nodiscard]] Result<ErasureCertificate> verify_certificate_bytes(BytesView bytes,
                                                                  const ledger::Genesis& genesis);

}  // namespace galen::client
