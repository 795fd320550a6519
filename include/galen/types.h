// Values of the client library. Ids, hashes and keys are lower-case hexadecimal text; times are
// milliseconds since 1970-01-01T00:00:00Z; sizes are bytes; codes are the standards' names (TREAT,
// LAB, N). Thread rule: values.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace galen::client {

/// Called with bytes done and bytes in all, now and then, on the calling thread.
using Progress = std::function<void(std::uint64_t done, std::uint64_t total)>;

struct PeerView {
  std::string organisation;
  bool connected = false;
  std::uint64_t height = 0;
};

struct NodeStatus {
  std::string organisation;
  std::string address;
  bool reachable = false;
  std::string note;  ///< why not, or why the node does not vote
  std::string version;
  std::string chain;
  std::string consortium;
  std::uint64_t height = 0;
  std::string block_hash;
  std::string state_root;
  std::uint64_t time_ms = 0;
  std::uint64_t view = 0;
  bool voting = false;
  bool fresh = false;
  std::string primary;  ///< organisation
  std::uint64_t pool_transactions = 0;
  std::uint64_t transactions_total = 0;
  std::uint64_t uptime_ms = 0;
  std::uint64_t evidence = 0;  ///< pieces of evidence against validators that the node keeps
  std::vector<PeerView> peers;
};

/// Where a transaction was committed.
struct Committed {
  std::string tx_id;
  std::uint64_t height = 0;
  std::string block_hash;
};

struct PatientOptions {
  bool held_by_patient = false;  ///< the keys stay with the patient: give the files below
  std::string signing_key_file;
  std::string agreement_key_file;
};

struct PractitionerOptions {
  std::string role = "clinician";
  bool emergency_privilege = false;
};

struct Registered {
  std::string id;
  Committed committed;
};

/// How labels are written. Neither: as tags under the label key that the profile makes for the
/// patient.
struct LabelOptions {
  std::string key_file;  ///< the patient's label key, when the profile cannot make it
  bool clear = false;    ///< as they are, for every member to read
};

struct PutOptions {
  std::string file;
  std::string patient;
  std::string record_class = "OTHER";
  std::string confidentiality = "N";
  std::vector<std::string> labels;
  LabelOptions labels_as;
  std::string service_date;  ///< YYYY-MM-DD; empty = today (UTC)
  std::string mime_type;     ///< empty = by the file's ending
  std::vector<std::string> related;
  std::vector<std::string> authors;  ///< practitioner ids
  bool withhold_from_patient = false;
};

struct PutResult {
  std::string record;
  std::string address;
  std::uint64_t size = 0;
  std::uint64_t stored_time_ms = 0;
  Committed committed;
};

/// A new version of a record, from a file. The other fields are those of the new version.
struct ReplaceOptions {
  std::string record;  ///< the version to replace
  std::string reason = "new-version";
  std::string label_reason;  ///< needed exactly when there are new labels
  PutOptions next;
};

struct RetractOptions {
  std::string record;
  std::string patient;
  std::string reason;
};

struct HistoryOptions {
  std::string record;  ///< any version
  std::string patient;
};

/// One version of a record, from a verified proof.
struct VersionView {
  std::string record;
  std::string status;     ///< current, superseded, entered-in-error, erased
  std::string custodian;  ///< organisation name; the rest is empty for an erased version
  std::uint64_t appended_ms = 0;
  std::uint64_t appended_height = 0;
  std::string reason;  ///< of the replacement that made it; empty for the first
  std::string label_reason;
  std::vector<std::string> labels;  ///< as in RecordView
  std::optional<std::uint32_t> labels_key_id;
  std::string address;
  std::optional<std::uint64_t> superseded_ms;
  std::optional<std::uint64_t> superseded_height;
  std::string retraction;  ///< reason
  std::optional<std::uint64_t> retracted_ms;
  std::optional<std::uint64_t> retracted_height;
  std::uint64_t proven_height = 0;  ///< of the block whose state root proves all this
};

struct RecordView {
  std::string record;
  std::string patient;
  std::string custodian;  ///< organisation name
  std::string record_class;
  std::string confidentiality;
  std::vector<std::string> labels;             ///< by name; tags where their key is not here
  std::optional<std::uint32_t> labels_key_id;  ///< nullopt: they are in clear on the ledger
  std::string service_date;
  std::string mime_type;
  std::uint64_t size = 0;
  std::string address;
  std::string status;
  std::vector<std::string> related;
  std::uint64_t created_ms = 0;
  std::vector<std::uint8_t> proof{};  ///< of the index entry, when the list asked for proofs
};

/// Who asks, and what for.
struct Asker {
  std::string person;  ///< practitioner, or the patient's own id; empty = the profile's only one
  std::string purpose = "TREAT";
  std::string project;   ///< id of the project the request is made for; empty = none
  std::string key_file;  ///< signing key, when it is not in the profile's people directory
  std::string agreement_key_file;  ///< key agreement key, as registered; the same
};

struct ListOptions {
  std::string patient;
  Asker asker;
  bool as_custodian = false;  ///< the custodian's own index, unsigned
  // Filters; empty filters nothing.
  std::vector<std::string> classes;
  std::string from;                 ///< service date, YYYY-MM-DD, inclusive
  std::string to;                   ///< exclusive
  std::vector<std::string> labels;  ///< all of them
  std::string label_key;            ///< file with the patient's, where the profile cannot make it
  std::string status;               ///< current, superseded, entered-in-error
  std::optional<std::uint64_t> at;  ///< as right after the block of this height
  bool with_proofs = false;         ///< each with its proof, whichever node answers; not with `at`
};

struct GetOptions {
  std::string record;
  std::string patient;
  Asker asker;
  std::string out;         ///< file to create; "-" = standard output
  bool emergency = false;  ///< break-glass: without consensus when it does not answer at once
};

/// What a custodian's node signed for an emergency release.
struct JournalReceiptView {
  std::string journal;
  std::uint64_t number = 0;
  std::string entry;  ///< hash
};

struct GetResult {
  std::string record;
  std::string address;
  std::uint64_t size = 0;
  std::string delivered_by;  ///< organisation whose node sent it
  std::vector<std::string> obligations;
  /// Against the commitment in the record index, which names `delivered_by` as custodian; else both
  /// are that organisation's word.
  bool content_checked = false;
  Committed access;                             ///< the access entry; empty when `emergency` is set
  std::optional<JournalReceiptView> emergency;  ///< released from a journal, not committed yet
};

/// Terms of a grant or denial (docs/consent.md).
struct ConsentOptions {
  bool permit = true;
  std::string patient;
  std::string grantee;  ///< organisation name, practitioner id, group:ID, project:ID, or "*"
  bool follow = false;  ///< of a group or project: whoever is a member later, too
  /// Of a group or project that is not followed: whose members are meant; empty: the present one.
  std::optional<std::uint32_t> group_version;
  std::vector<std::string> purposes;
  std::vector<std::string> actions;  ///< empty = DISCOVER, READ; a denial: all
  std::vector<std::string> classes;  ///< empty = all
  std::string confidentiality;       ///< empty = N in a permit, U in a denial
  std::vector<std::string> labels;
  LabelOptions labels_as;
  std::string from;       ///< RFC 3339 instant or date; empty = now
  std::string until;      ///< also "+30d"; a permit needs one, default +365d
  std::string data_from;  ///< YYYY-MM-DD, inclusive
  std::string data_to;    ///< YYYY-MM-DD, exclusive
  std::vector<std::string> instances;
  std::vector<std::string> related;
  std::vector<std::string> authors;
  std::vector<std::string> supersedes;
  std::optional<std::uint32_t> max_uses;
  bool forbid_emergency = false;
  bool acknowledge_shadowed = false;
  std::vector<std::string> regions;  ///< of the recipient, ISO 3166-1 alpha-2; empty = any
  std::string erase_by;         ///< as `until`: when the recipient must have erased; a permit's
  std::string policy;           ///< a registered policy version; empty = the first
  std::string text_commitment;  ///< to the text that was signed (commit_text); empty = none
  bool paper = false;    ///< the custodian gives what the patient signed on paper, with its own key
  std::string key_file;  ///< the patient's signing key, when he holds it himself; or the proxy's
  std::string as;        ///< a proxy of the patient who gives it in his name; empty = the patient
};

struct RevokeOptions {
  std::string grant;
  std::string patient;
  std::string key_file;
  std::string as;      ///< a proxy of the patient, for what he gave himself; empty = the patient
  bool paper = false;  ///< the custodian, for what it gave on paper
  std::string reason = "unspecified";  ///< docs/cli.md, "Reasons of a revocation"
};

struct ListGrantsOptions {
  std::string patient;
  bool all = false;  ///< of every patient of the profile's people directory instead
  /// The patient himself; empty: his custodian.
  std::string as;
  std::string key_file;   ///< his signing key, when it is not in the profile's people directory
  std::string label_key;  ///< file with the patient's, where the profile cannot make it
  // Filters; empty filters nothing.
  std::string status;               ///< active, ended
  std::string effect;               ///< permit, deny
  std::string grantee;              ///< as in ConsentOptions
  std::string expiring;             ///< "+30d": active ones that end before then
  std::optional<std::uint64_t> at;  ///< as right after the block of this height
  bool with_proofs = false;         ///< each with its proof, whichever node answers; not with `at`
};

struct GrantView {
  std::string patient;
  std::string grant;
  bool permit = true;
  std::string status;
  std::string grantee;
  std::vector<std::string> purposes;
  std::vector<std::string> actions;
  std::vector<std::string> classes;
  std::string confidentiality;
  std::vector<std::string> labels;  ///< as in RecordView
  std::optional<std::uint32_t> labels_key_id;
  std::uint64_t from_ms = 0;
  std::optional<std::uint64_t> until_ms;
  std::optional<std::uint64_t> ended_ms;
  std::optional<std::uint32_t> max_uses;
  std::optional<std::uint32_t> uses_left;  ///< with `max_uses`, once given
  std::string data_from;                   ///< YYYY-MM-DD, inclusive; empty = any
  std::string data_to;                     ///< exclusive
  std::vector<std::string> data;     ///< "instance:ID", "related:ID", "authoredby:ID"; empty = any
  std::vector<std::string> regions;  ///< of the recipient; empty = any
  std::optional<std::uint64_t> erase_by_ms;
  std::string given_by;  ///< "patient", "proxy", "custodian" (paper); empty: not given yet
  bool forbid_emergency = false;
  bool follow = false;
  std::optional<std::uint32_t> group_version;  ///< of a group or project when it was given
  std::string policy{};                        ///< id of its version; empty: not given yet
  std::string terms_commitment{};  ///< to the text that was signed; empty: none, or not given yet
  std::optional<bool> acknowledge_shadowed{};  ///< nullopt: not given yet
  std::optional<std::uint64_t> sequence{};     ///< of who gave it; nullopt: not given yet
  std::string proxy{};                         ///< id of who gave it, when a proxy did
  std::vector<std::uint8_t> proof{};           ///< when the list asked for proofs
};

/// What the patient keeps in his hand about a grant or denial, made from a verified proof.
struct ReceiptView {
  GrantView grant;
  std::string patient;
  std::string custodian;   ///< the patient's
  std::string given_by;    ///< "patient", "proxy", "custodian" (paper)
  std::string brought_by;  ///< organisation that submitted it
  std::uint64_t given_ms = 0;
  std::uint64_t given_height = 0;
  std::string data_from;
  std::string data_to;
  std::vector<std::string> limits;  ///< "instance:ID", "related:ID", "authoredby:ID"
  bool forbids_emergency = false;
  std::vector<std::string> supersedes{};  ///< grants that ended with it
  std::string keys_held_by{};             ///< "patient", "custodian": who can sign for the patient
  /// Others had the keys, or put those in place that the patient holds now.
  bool keys_passed_hands = false;
  std::string policy;
  std::string terms_commitment;
  std::string chain;
  std::string proof_key;
  std::uint64_t proven_height = 0;
  std::uint64_t proven_ms = 0;
  std::string proven_block;
  std::string proof_hash;           ///< SHA-256 of `proof`
  std::vector<std::uint8_t> proof;  ///< for `galen proof verify`
};

struct AccessDecision {
  std::string record;  ///< empty: a list of whatever may be discovered (action LIST)
  bool permit = false;
  std::string reason;
  std::string grant;
  std::vector<std::string> obligations{};
  bool accounting = false;  ///< belongs into an accounting of disclosures (docs/cli.md)
};

struct AccessView {
  std::uint64_t index = 0;
  std::uint64_t time_ms = 0;
  std::uint64_t height = 0;
  std::string organisation;
  std::string person;
  std::string role;
  std::string purpose;
  std::string action;
  std::vector<AccessDecision> decisions;
  std::string organisation_id;
  std::string request;            ///< id of the access request
  bool late = false;              ///< an emergency release, logged after it happened
  std::string journal;            ///< late: of the node that released
  std::uint64_t number = 0;       ///< late: of the entry in that journal
  std::uint64_t released_ms = 0;  ///< late: by that node's clock
  std::string brought_by;         ///< late: organisation of that node
  /// "access", "audit-read", "asked" or the code of an administrative act. The last three have no
  /// decisions, and the fields below. "asked" is of an organisation's own log: what it asked about
  /// another's patient, or about nobody.
  std::string kind = "access";
  bool permit = false;                 ///< of a reading; of "asked": a list
  std::string reason;                  ///< of a reading and of "asked"
  std::uint64_t from_ms = 0;           ///< of a reading: the range
  std::uint64_t to_ms = 0;             ///< of a reading
  std::vector<std::string> records{};  ///< of an administrative act, when it is about single ones
  std::string recipient;               ///< of an administrative act: organisation
  std::string recipient_id;
  std::uint64_t acted_ms = 0;  ///< of an administrative act: by the organisation's clock
  bool accounting = false;     ///< of an administrative act, as in AccessDecision
  std::string asked;           ///< of "asked": type of the operation, e.g. "LogAccess"
  std::string tx_id;           ///< of "asked": where its body stands, until an erasure
  std::uint32_t operation = 0;
  std::string digest;  ///< of "asked": docs/formats.md; proves what was asked to who kept it
};

struct OperationView {
  std::string type;    ///< empty when its body is not for the caller, or erased
  std::string result;  ///< name of the result code, empty when not for the caller
  /// Of what audit logs tell of, e.g. LogAccess: whom it is about (or whose log), which records,
  /// and the digest by which the own log names it. The signature over the body is the submitter's.
  std::string patient;
  std::vector<std::string> records{};  ///< empty also of a list
  std::string digest;
};

struct TransactionView {
  std::string tx_id;
  std::uint64_t height = 0;
  std::uint32_t index = 0;
  std::uint64_t time_ms = 0;
  std::string submitter;
  std::string tx_class;
  bool ok = false;
  std::vector<OperationView> operations;
};

/// Blocks of one call of Client::blocks(): all are held in memory, each with its transaction ids.
inline constexpr std::uint64_t kMaxBlockList = 1000;

struct BlockView {
  std::uint64_t height = 0;
  std::string hash;
  std::string parent;
  std::uint64_t time_ms = 0;
  std::string proposer;
  std::string state_root;
  std::string transactions_root;
  std::string receipts_root;
  std::vector<std::string> signers;
  std::vector<std::string> transactions;
};

/// What a verified proof says.
struct ProofReport {
  std::string kind;     ///< "state" or "transaction"
  std::string subject;  ///< key text or transaction id
  bool present = false;
  std::string value;  ///< readable form of the proven value
  std::string chain;
  std::uint64_t height = 0;
  std::uint64_t time_ms = 0;
  std::string block_hash;
  std::size_t signatures = 0;
  std::size_t quorum = 0;
  std::optional<std::uint64_t> written_height;
};

struct ProofFile {
  std::vector<std::uint8_t> bytes;
  ProofReport report;
};

}  // namespace galen::client
