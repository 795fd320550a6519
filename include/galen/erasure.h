// Erasures and legal holds as the client library shows them (docs/cli.md, "Erasure"). Thread rule:
// values.
#pragma once

#include <cstdint>
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
};

struct RetainedView {
  std::string item;
  std::string reason;
  std::uint64_t until_ms = 0;  ///< 0: without an end
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
  std::vector<AttestationView> attestations;
};

/// A verified certificate of an erasure.
struct ErasureCertificate {
  std::vector<std::uint8_t> bytes;
  ErasureView erasure;
  std::size_t nodes = 0;  ///< of the consortium; each should attest two phases
};

}  // namespace galen::client
