// Who may act for a patient (PRIVACY.md 33, HEALTH.md 1.3): guardian, attorney, caretaker, with an
// end, purposes and labels that stay hidden from him. One account is authorised once: other terms
// need another account, and a revoked one never comes back. Values FROZEN (docs/formats.md). Thread
// rule: as the state's.
#pragma once

#include "execution/executor.h"
#include "ledger/operation.h"
#include "ledger/receipt.h"

#include <map>
#include <optional>

namespace galen::identity {

/// Proxies of one patient that are in force or will be, at most.
inline constexpr std::size_t kMaxProxiesPerPatient = 64;
/// The same with those that ended: every access looks at them.
inline constexpr std::size_t kMaxProxiesEver = 1024;

/// kProxy, id = the proxy's account; clinical tree of the patient.
struct ProxyEntry {
  ledger::AuthorizeProxy terms;
  bool by_patient = false;  ///< the patient signed; else the custodian and the attesting party did
  TimeMs authorised;        ///< block time
  Height height;            ///< of that block
  std::optional<TimeMs> revoked_at;
  ledger::RevocationReason reason = ledger::RevocationReason::kUnspecified;  ///< of the revocation
  friend bool operator==(const ProxyEntry&, const ProxyEntry&) = default;

  /// From here on he is no proxy: the end of the terms or the revocation, whichever comes first.
  [[nodiscard]] TimeMs end() const;

  /// Block time in [from, end).
  [[nodiscard]] bool in_force(TimeMs time) const { return terms.from <= time && time < end(); }

  /// Whether his scope holds all these labels, tags under `labels_key_id` when that is set. What
  /// cannot be compared is outside.
  [[nodiscard]] bool covers(const std::vector<std::string>& labels,
                            const std::optional<std::uint32_t>& labels_key_id) const;

  [[nodiscard]] Bytes encode() const;
  /// kMalformed, kTooLarge.
  [[nodiscard]] static Result<ProxyEntry> decode(BytesView bytes);
  [[nodiscard]] static ledger::StateKey key(const PatientId& patient, const AccountId& proxy);
  [[nodiscard]] static std::optional<ProxyEntry> load(const execution::StateReader& state,
                                                      const PatientId& patient,
                                                      const AccountId& proxy);
};

/// kProxyRevocation, id = the proxy's account; clinical tree of the patient. The patient revoked a
/// proxy that the ledger did not know: whichever of the two comes first, that one never acts.
struct ProxyRevocation {
  ledger::RevocationReason reason = ledger::RevocationReason::kUnspecified;
  TimeMs time;    ///< of the block
  Height height;  ///< of that block
  friend bool operator==(const ProxyRevocation&, const ProxyRevocation&) = default;

  [[nodiscard]] Bytes encode() const;
  /// kMalformed, kTooLarge.
  [[nodiscard]] static Result<ProxyRevocation> decode(BytesView bytes);
  [[nodiscard]] static ledger::StateKey key(const PatientId& patient, const AccountId& proxy);
};

/// Every proxy of a patient, ended ones too.
[[nodiscard]] std::map<AccountId, ProxyEntry> list_proxies(const execution::StateReader& state,
                                                           const PatientId& patient);

/// Signed by the patient; or, for one who cannot sign, brought or authorised (kOrganisation) by his
/// custodian, and when he keeps his keys himself, attested by another than that. Always brought or
/// authorised by the attesting organisation, so that no member makes proxies of others' patients by
/// itself. kErased, kUnknownPatient, everything of Authorities::load, kNotAuthorised,
/// kSequenceUsed, kBadIdentifier, kAlreadyExists, kInvalidPurpose (that no proxy may assert),
/// kInvalidWindow (empty, or over), kInvalidFlag (a key id without labels), kBadPossession,
/// kProxyRevoked (the patient did before), kTooManyGrants.
[[nodiscard]] ledger::OperationResult execute(const execution::OperationContext& context,
                                              const ledger::AuthorizeProxy& operation,
                                              execution::StateOverlay& state);

/// Ends the proxy with this block: by the patient's signature, or brought by the attesting
/// organisation. Again changes nothing. Signed by the patient it also stands against one that is
/// yet to come (PRIVACY.md 8 of grants), kMaxProxiesEver times (kTooManyGrants); for others he is
/// kUnknownProxy. kNotAuthorised and as above. What he granted is ended by consent::execute, which
/// calls this.
[[nodiscard]] ledger::ResultCode revoke_proxy(const execution::OperationContext& context,
                                              const ledger::RevokeProxy& operation,
                                              execution::StateOverlay& state);

}  // namespace galen::identity
