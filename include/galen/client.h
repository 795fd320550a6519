// The client of a Galen consortium: registration, records, consent, audit, proofs. It signs with
// the keys of a profile (docs/cli.md "Profile"), fails over between the profile's nodes, and checks
// what it is told: record bytes against address and content commitment, proofs against the genesis
// file. Thread rule: one thread per Client.
#pragma once

#include "galen/outcome.h"
#include "galen/types.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace galen::client {

class Session;

struct ClientOptions {
  std::string profile;                ///< path of client.toml
  std::uint32_t timeout_ms = 30'000;  ///< of a whole call, retries included
  std::string node;                   ///< organisation whose node is asked first; empty = own
  std::optional<std::uint16_t> lane;  ///< nonce lane, 0..63; default: random per process
};

class Client {
 public:
  /// Reads profile, genesis, certificates and keys; connects when the first call is made. kConfig.
  [[nodiscard]] static Outcome<Client> open(const ClientOptions& options);
  ~Client();
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;

  /// Status of the first node that answers. kUnavailable.
  [[nodiscard]] Outcome<NodeStatus> status();
  /// Status of every node of the profile; unreachable ones say why in `note`.
  [[nodiscard]] std::vector<NodeStatus> status_all();

  /// Creates keys (unless given), a random id, and registers. kRejected.
  [[nodiscard]] Outcome<Registered> register_patient(const PatientOptions& options);
  [[nodiscard]] Outcome<Registered> register_practitioner(const PractitionerOptions& options);
  /// Ids of persons whose keys this profile holds; kind is "patient" or "practitioner".
  [[nodiscard]] Outcome<std::vector<std::string>> people(const std::string& kind);

  /// Encrypts a file, stores it at the own node, then appends it to the patient's index.
  [[nodiscard]] Outcome<PutResult> put_record(const PutOptions& options, const Progress& progress);
  [[nodiscard]] Outcome<std::vector<RecordView>> list_records(const ListOptions& options);
  /// Logs the access, waits for its commit, then reads the record at its custodian. The file
  /// appears only when every byte was verified. kNotFound for unknown and refused records alike,
  /// kProof.
  [[nodiscard]] Outcome<GetResult> get_record(const GetOptions& options, const Progress& progress);

  /// Grants or denies access in the patient's name. The id of the grant is in `Registered::id`.
  [[nodiscard]] Outcome<Registered> grant(const ConsentOptions& options);
  [[nodiscard]] Outcome<Committed> revoke(const RevokeOptions& options);
  [[nodiscard]] Outcome<std::vector<GrantView>> list_grants(const std::string& patient);
  /// Dry run of the decision, with the rule that decides: for the custodian. Opens nothing.
  [[nodiscard]] Outcome<std::vector<CheckView>> check(const CheckOptions& options);
  /// Every access to the patient's records, permitted or refused, oldest first.
  [[nodiscard]] Outcome<std::vector<AccessView>> list_access(const std::string& patient);

  /// Declares an emergency. Without an answer of the chain it is kept here, and stands all the same.
  /// kRejected.
  [[nodiscard]] Outcome<Declared> declare_emergency(const DeclareOptions& options);
  /// Those of the organisation that wait for review; of one patient all, for his custodian.
  [[nodiscard]] Outcome<DeclarationList> list_declarations(const std::string& patient);
  [[nodiscard]] Outcome<Committed> review_emergency(const ReviewOptions& options);
  /// Brings the node's journal, and what is kept here, to the chain. Repeat it until nothing is left.
  [[nodiscard]] Outcome<AnchorReport> anchor_emergencies();
  /// Only what is kept here: declarations and receipts.
  [[nodiscard]] Outcome<AnchorReport> anchor_receipts();
  [[nodiscard]] Outcome<JournalReport> list_journals();

  [[nodiscard]] Outcome<TransactionView> transaction(const std::string& tx_id);
  [[nodiscard]] Outcome<BlockView> block(std::uint64_t height);

  /// Fetches and verifies a proof. `key` is written as in docs/cli.md, e.g. "grant:PID:GRANT".
  /// kProof.
  [[nodiscard]] Outcome<ProofFile> proof(const std::string& key);

  /// Evidence the node keeps, every piece verified; of one member (organisation or validator index)
  /// when given. kProof when the node shows what does not verify.
  [[nodiscard]] Outcome<std::vector<EvidenceView>> list_evidence(
      const std::optional<std::string>& member);
  /// One piece by its id, verified. kNotFound, kProof.
  [[nodiscard]] Outcome<EvidenceFile> evidence(const std::string& id);

 private:
  explicit Client(std::unique_ptr<Session> session);
  std::unique_ptr<Session> session_;
};

/// Verifies a proof file with nothing but the text of the genesis file: needs no node. kProof for
/// any changed byte, kConfig for a genesis file that is none.
[[nodiscard]] Outcome<ProofReport> verify_proof(const std::vector<std::uint8_t>& proof,
                                                const std::string& genesis_text);

/// Verifies an exported piece of evidence, or the bundle a node left at a fail-stop, with nothing but
/// the text of the genesis file: needs no node. kProof for any changed byte, kConfig for a genesis
/// file that is none.
[[nodiscard]] Outcome<EvidenceReport> verify_evidence(const std::vector<std::uint8_t>& file,
                                                      const std::string& genesis_text);

/// "0.1.0"
[[nodiscard]] std::string version();

}  // namespace galen::client
