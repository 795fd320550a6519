// The client of a Galen consortium: registration, records, consent, audit, proofs. It signs with
// the keys of a profile (docs/cli.md "Profile"), fails over between the profile's nodes, and checks
// what it is told: record bytes against address and content commitment, proofs against the genesis
// file. Thread rule: one thread per Client.
#pragma once

#include "galen/audit.h"
#include "galen/consent_import.h"
#include "galen/decisions.h"
#include "galen/emergency.h"
#include "galen/erasure.h"
#include "galen/events.h"
#include "galen/evidence.h"
#include "galen/grant_history.h"
#include "galen/groups.h"
#include "galen/outcome.h"
#include "galen/own_queries.h"
#include "galen/patient_export.h"
#include "galen/receipts.h"
#include "galen/types.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace galen::client {

class Identity;
class Session;

struct ClientOptions {
  std::string profile;                ///< path of client.toml
  std::uint32_t timeout_ms = 30'000;  ///< of a whole call, retries included
  std::string node;                   ///< organisation whose node is asked first; empty = own
  std::optional<std::uint16_t> lane;  ///< nonce lane, 0..63; default: random per process
  /// Told, in a line, of what did not make a call fail: a node that does not answer and is passed
  /// over for another one. Called by the thread that makes the call.
  std::function<void(const std::string&)> note = {};
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

  /// The patient's label key in a new file, for whoever gives grants for him with another profile.
  /// Returns the file's name. kNotFound, kConfig without label_secrets.
  [[nodiscard]] Outcome<std::string> export_label_key(const std::string& patient,
                                                      const std::string& file);

  /// Encrypts a file, stores it at the own node, then appends it to the patient's index.
  [[nodiscard]] Outcome<PutResult> put_record(const PutOptions& options, const Progress& progress);
  [[nodiscard]] Outcome<std::vector<RecordView>> list_records(const ListOptions& options);
  /// As put_record, in the place of an older version. kRejected.
  [[nodiscard]] Outcome<PutResult> replace_record(const ReplaceOptions& options,
                                                  const Progress& progress);
  /// Entered in error: hidden from everybody, kept in the history. kRejected.
  [[nodiscard]] Outcome<Committed> retract_record(const RetractOptions& options);
  /// All versions, oldest first, each proven: for the custodian. kNotFound, kProof.
  [[nodiscard]] Outcome<std::vector<VersionView>> record_history(const HistoryOptions& options);
  /// Logs the access, waits for its commit, then reads the record at its custodian. The file
  /// appears only when every byte was verified. kNotFound for unknown and refused records alike,
  /// kProof.
  [[nodiscard]] Outcome<GetResult> get_record(const GetOptions& options, const Progress& progress);

  /// Grants or denies access in the patient's name. The id of the grant is in `Registered::id`.
  [[nodiscard]] Outcome<Registered> grant(const ConsentOptions& options);
  [[nodiscard]] Outcome<Committed> revoke(const RevokeOptions& options);
  /// Translates a FHIR consent, signs what it says in one transaction, all or nothing.
  [[nodiscard]] Outcome<ImportResult> import_consent(const ImportOptions& options);
  [[nodiscard]] Outcome<std::vector<GrantView>> list_grants(const ListGrantsOptions& options);
  /// What a grant replaced, what replaced it, who ended it; each proven: for the custodian.
  /// kNotFound, kProof.
  [[nodiscard]] Outcome<std::vector<GrantVersionView>> grant_history(
      const GrantHistoryOptions& options);
  /// A receipt for the patient, from verified proofs: for the custodian, and for himself.
  /// kNotFound, kProof.
  [[nodiscard]] Outcome<ReceiptView> receipt(const ReceiptQuery& query);
  /// The seal of a receipt as it is handed out, by this organisation's key.
  [[nodiscard]] Outcome<std::vector<std::uint8_t>> seal_receipt(
      const std::vector<std::uint8_t>& receipt, const std::vector<std::uint8_t>& proof);
  /// What a grant or denial would change, before it is signed: for the custodian.
  [[nodiscard]] Outcome<SimulateView> simulate(const SimulateOptions& options);
  /// The decision of a past access: for who may read the patient's log; is a reading of it.
  /// kNotFound.
  [[nodiscard]] Outcome<ExplainView> explain(const ExplainOptions& options);
  /// Those of every access that a block put into the log, as proven complete. As explain.
  [[nodiscard]] Outcome<std::vector<ExplainView>> explain_block(const ExplainBlockOptions& options);
  /// Dry run of the decision, with the rule that decides: for the custodian. Opens nothing.
  [[nodiscard]] Outcome<std::vector<CheckView>> check(const CheckOptions& options);
  /// Every entry of a patient's log, oldest first, up to this reading, which is one itself.
  /// kNotFound for unknown patients and refused readers alike.
  [[nodiscard]] Outcome<std::vector<AccessView>> list_access(const AccessListOptions& options);
  /// What the own organisation's people asked for, at whichever hospital, in order; ends at the
  /// head, or when `sink` returns false. As watch().
  [[nodiscard]] Outcome<bool> own_accesses(const OwnAccessOptions& options, const EventSink& sink);
  /// Puts an administrative act into the log. kRejected.
  [[nodiscard]] Outcome<Committed> log_act(const ActOptions& options);

  /// Every entry in a range of times or heights, up to this reading, with what proves offline that
  /// none is missing. kNotFound as list_access; kProof when the node's answer does not verify, or
  /// is of a block before the reading.
  [[nodiscard]] Outcome<StatementFile> statement(const StatementOptions& options);
  /// Everything the ledger has of a patient, as FHIR: for his custodian, from the own node. kProof.
  [[nodiscard]] Outcome<ExportReport> export_patient(const ExportOptions& options,
                                                     ExportSink& sink);

  /// The id of the group is in `Registered::id`.
  [[nodiscard]] Outcome<Registered> define_group(const GroupOptions& options);
  [[nodiscard]] Outcome<Committed> update_group(const GroupOptions& options);
  [[nodiscard]] Outcome<Committed> change_membership(const MembershipOptions& options);
  /// From a verified proof; with `person`, whether he is a member himself: for his organisation.
  [[nodiscard]] Outcome<GroupView> group(const std::string& group, const std::string& person);
  [[nodiscard]] Outcome<std::vector<GroupView>> list_groups();
  /// Keys, proxies and standing of accounts: galen/identity.h.
  [[nodiscard]] Identity identity();
  /// Declares an emergency. Without an answer of the chain it is kept here, and stands all the
  /// same. kRejected.
  [[nodiscard]] Outcome<Declared> declare_emergency(const DeclareOptions& options);
  /// Those of the organisation that wait for review; of one patient all, for his custodian.
  [[nodiscard]] Outcome<DeclarationList> list_declarations(const ListDeclarationsOptions& options);
  [[nodiscard]] Outcome<Committed> review_emergency(const ReviewOptions& options);
  /// What the own node's journal has from entry `from` on, and no log yet: a page, oldest first. By
  /// that node alone, also while it is cut off. kUnavailable.
  [[nodiscard]] Outcome<PendingList> pending_emergencies(std::uint64_t from);
  /// Brings the node's journal, and what is kept here, to the chain. Repeat it until nothing is
  /// left.
  [[nodiscard]] Outcome<AnchorReport> anchor_emergencies();
  /// Only what is kept here: declarations and receipts.
  [[nodiscard]] Outcome<AnchorReport> anchor_receipts();
  /// Of one member's node when given its name.
  [[nodiscard]] Outcome<JournalReport> list_journals(
      const std::optional<std::string>& organisation);

  [[nodiscard]] Outcome<TransactionView> transaction(const std::string& tx_id);
  [[nodiscard]] Outcome<BlockView> block(std::uint64_t height);
  /// Blocks that follow each other, each as block() gives it, oldest first: `count` (1 ..
  /// kMaxBlockList) from height `from` on, or fewer at the head; without `from` the newest.
  /// kNotFound when the first is not there, kProof also when one does not continue the last.
  [[nodiscard]] Outcome<std::vector<BlockView>> blocks(std::optional<std::uint64_t> from,
                                                       std::uint64_t count);

  /// Gives every committed event from the cursor on to `sink`, in order, once each. Goes on by
  /// itself where it was when a node goes away. kProof when a node leaves a block out, or shows a
  /// header that does not verify; kUnavailable when no node answers for the client's timeout;
  /// kRejected when no node keeps the blocks any more.
  [[nodiscard]] Outcome<WatchEnd> watch(const WatchOptions& options, const EventSink& sink);

  /// Follows certified headers from genesis or the trusted head on. A fork is an answer, with its
  /// evidence; kProof for headers that do not verify.
  [[nodiscard]] Outcome<FollowEnd> follow(const FollowOptions& options, const HeaderSink& sink);

  /// Fetches and verifies a proof. `key` is written as in docs/cli.md, e.g. "grant:PID:GRANT".
  /// kProof.
  [[nodiscard]] Outcome<ProofFile> proof(const ProofQuery& query);

  /// Forgetting: docs/cli.md, "Erasure". kRejected, kNotFound.
  [[nodiscard]] Outcome<Registered> request_erasure(const ErasureRequestOptions& options);
  /// This organisation's agreement to a request that the custodian submits within a day, for a
  /// file.
  [[nodiscard]] Outcome<std::string> approve_erasure(const ErasureRequestOptions& options);
  [[nodiscard]] Outcome<Committed> withdraw_erasure(const WithdrawErasureOptions& options);
  [[nodiscard]] Outcome<Committed> order_erasure(const ErasureOrderOptions& options);
  [[nodiscard]] Outcome<std::vector<Committed>> attest_erasure(const AttestOptions& options);
  /// Of every order when `order` is empty.
  [[nodiscard]] Outcome<std::vector<ErasureView>> erasure_status(const std::string& order);
  [[nodiscard]] Outcome<ErasureCertificate> erasure_certificate(const std::string& order);
  [[nodiscard]] Outcome<Registered> place_hold(const HoldOptions& options);
  [[nodiscard]] Outcome<Committed> lift_hold(const std::string& patient, const std::string& hold);
  /// Holds on a patient that have not been lifted, proven. kNotFound, kProof.
  [[nodiscard]] Outcome<HoldList> holds(const PersonQuery& query);

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

/// Writes a new label secret into a new file of mode 0600, for `label_secrets` of profiles and of
/// the node. Returns the file's name. Needs no profile.
[[nodiscard]] Outcome<std::string> create_label_secret(const std::string& file);

/// A salted commitment to the human-readable text of a consent: who has text and salt can show that
/// this is what a grant names, nobody else learns anything.
struct TextCommitment {
  std::string salt;
  std::string commitment;
};

/// H("consent-text" || salt || SHA-256(text)), docs/formats.md. A fresh salt when `salt` is empty.
/// Needs no node. kProof when it is not what is expected, kUsage for a salt or commitment that is
/// none.
[[nodiscard]] Outcome<TextCommitment> commit_text(
    const std::vector<std::uint8_t>& text,
    const std::string& salt,
    const std::optional<std::string>& expected = std::nullopt);

/// Verifies a certificate of an erasure with nothing but the genesis file. kUnverified.
[[nodiscard]] Outcome<ErasureCertificate> verify_erasure(const std::vector<std::uint8_t>& file,
                                                         const std::string& genesis_text);

/// Verifies a receipt with its proof and seal with nothing but the text of the genesis file: needs
/// no node. kProof for any changed byte, kConfig for a genesis file that is none.
[[nodiscard]] Outcome<SealReport> verify_receipt(const SealedReceipt& sealed,
                                                 const std::string& genesis_text);

/// Verifies an access statement with nothing but the text of the genesis file: needs no node.
/// kProof for any changed byte and for a statement that leaves an entry out, kConfig for a genesis
/// file that is none.
[[nodiscard]] Outcome<StatementReport> verify_statement(const std::vector<std::uint8_t>& statement,
                                                        const std::string& genesis_text);

/// Verifies an exported piece of evidence, or the bundle a node left at a fail-stop, with nothing
/// but the text of the genesis file: needs no node. kProof for any changed byte, kConfig for a
/// genesis file that is none.
[[nodiscard]] Outcome<EvidenceReport> verify_evidence(const std::vector<std::uint8_t>& file,
                                                      const std::string& genesis_text);

/// "0.1.0"
[[nodiscard]] std::string version();

}  // namespace galen::client
