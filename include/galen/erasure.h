// Erasures and legal holds as the client library shows them (docs/cli.md, "Erasure"). Thread rule:
// values.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace galen::client {

struct ErasureRequestOptions {
  std::string patient;
  std::string record;  ///< only this one
  bool audit = false;  ///< the sealed audit compartment
  std::string basis = "patient-request";
  std::string key_file;       ///< the patient's signing key, if he holds it
  std::string custodian;      ///< approve_erasure: the organisation that may submit the request
  std::string approval_file;  ///< the second organisation's, instead of the patient's signature
};

struct WithdrawErasureOptions {
  std::string request;
  std::string patient;
  std::string key_file;  ///< the patient's signing key, if he holds it and it was his request
};

struct ErasureOrderOptions {
  std::string request;
  std::string patient;
  std::string record;
  std::string audit_until = "+3650d";  ///< when the audit compartment may go
};

struct HoldOptions {
  std::string patient;
  std::vector<std::string> records;
  bool audit = false;
  std::string basis = "court-order";
  std::string until;
  std::string
      document_commitment;  ///< to the order (commit_text); empty: a random value, to nothing
};

/// A legal hold that has not been lifted, as proven.
struct HoldView {
  std::string hold;
  std::string scope;                      ///< patient, audit, records
  std::vector<std::string> record_paths;  ///< hashes of record ids, with scope records
  std::string basis;
  std::string placed_by;  ///< organisation
  std::string authority;  ///< likewise
  std::string document;   ///< commitment to the order
  std::uint64_t until_ms = 0;
  bool in_force = false;  ///< not run out at the height of the proof
};

struct HoldList {
  std::uint64_t proven_height = 0;  ///< at which these, and no others, stood
  std::vector<HoldView> holds;
};

struct AttestOptions {
  std::string order;  ///< empty: every one that the own node has carried out
  /// What this hospital keeps beside its node, e.g. "keyring-backup:+30d": item, and until when.
  std::vector<std::string> retained;
  /// Told, in a line, of what is attested all the same though it should not be kept so long.
  std::function<void(const std::string&)> warn = {};
};

/// Whoever has a copy of a keyring opens what was forgotten since: it ends within this time
/// (docs/operations.md, "Erasure").
inline constexpr std::uint64_t kKeyringBackupLimitMs = std::uint64_t{30} * 24 * 60 * 60 * 1000;

struct RetainedView {
  std::string item;
  std::string reason;
  std::uint64_t until_ms = 0;  ///< 0: without an end
  /// A keyring's backup that outlives kKeyringBackupLimitMs, from the attestation's block on.
  bool over_limit = false;
};

struct AttestationView {
  std::string organisation;
  std::string phase;
  std::vector<RetainedView> retained;  ///< what is kept all the same
  std::uint64_t time_ms = 0;           ///< by the clock of its node
};

struct ErasureView {
  std::string order;
  std::string scope;
  std::string path;
  std::uint64_t height = 0;
  std::uint64_t operations = 0;
  std::uint64_t keys_gone_ms = 0;   ///< on the own node; 0 = not yet
  std::uint64_t bytes_gone_ms = 0;  ///< likewise
  /// Of a patient: when his audit compartment may go, by an order of its own. Else 0.
  std::uint64_t audit_until_ms = 0;
  std::vector<AttestationView> attestations;
};

/// Of the patients' erasures those whose audit compartment may go at `now_ms`, and has no order
/// yet. REQUIRES: every order that the node knows.
[[nodiscard]] std::vector<ErasureView> audits_due(const std::vector<ErasureView>& every,
                                                  std::uint64_t now_ms);

/// A verified certificate of an erasure.
struct ErasureCertificate {
  std::vector<std::uint8_t> bytes;
  ErasureView erasure;
  std::size_t nodes = 0;  ///< of the consortium; each should attest two phases
};

}  // namespace galen::client
