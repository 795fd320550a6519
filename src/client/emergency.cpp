// Declaring an emergency and reading in one.
#include "client/emergency.h"

#include "base/hex.h"
#include "client/access_query.h"
#include "client/emergency_api.h"
#include "client/emergency_bring.h"
#include "client/emergency_files.h"
#include "client/foreign_answers.h"
#include "client/reception.h"
#include "client/records.h"
#include "client/registration.h"
#include "client/text_forms.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace galen::client {

namespace {

/// The chain is not waited for longer than this in an emergency.
constexpr std::chrono::milliseconds kChainTime{5000};
/// A declaration may be brought to the chain so long after its end.
constexpr std::uint64_t kDeclarationGraceMs = std::uint64_t{30} * 24 * 60 * 60 * 1000;
constexpr const char* kPurpose = "BTG";

/// A shorter timeout while it lives.
class Hurry {
 public:
  Hurry(Session& session, std::chrono::milliseconds timeout)
      : session_(session), before_(session.set_timeout(timeout)) {
    if (before_ < timeout) session_.set_timeout(before_);
  }

  ~Hurry() { session_.set_timeout(before_); }

  Hurry(const Hurry&) = delete;
  Hurry& operator=(const Hurry&) = delete;

 private:
  Session& session_;
  std::chrono::milliseconds before_;
};

/// Whether some node says that it knows the newest state: only then is the chain worth asking.
bool chain_answers(Session& session) {
  const Hurry hurry(session, kChainTime);
  for (const auto& node : session.nodes()) {
    const auto status = node->status(std::chrono::system_clock::now() + std::chrono::seconds(2));
    if (status && status->fresh) return true;
  }
  return false;
}

bool covers(const ledger::DeclareEmergency& declaration, const RecordId& record) {
  const auto& records = declaration.records;
  return records.empty() || std::binary_search(records.begin(), records.end(), record);
}

Result<KeptDeclaration> find_declaration(Session& session,
                                         const AccountId& person,
                                         const PatientId& patient,
                                         const RecordId& record) {
  GALEN_TRY(const auto kept, EmergencyFiles(session.emergency_directory()).declarations());
  const TimeMs now = session.now();
  const KeptDeclaration* latest = nullptr;
  for (const KeptDeclaration& each : kept) {
    const ledger::DeclareEmergency& declared = each.declaration;
    const bool his = declared.person == person && declared.patient == patient;
    const bool stands = declared.from <= now && now < declared.to;
    if (!his || !stands || !covers(declared, record)) continue;
    if (latest == nullptr || latest->declaration.from < declared.from) latest = &each;
  }
  if (latest != nullptr) return *latest;
  return fail(ErrorCode::kFailedPrecondition,
              "no emergency that lasts is declared for this patient here; run 'galen emergency "
              "declare --patient " +
                  to_hex(patient) + "' first");
}

/// The record of the journal's promise: what it says about this request, signed by the node.
Result<ledger::AnchorJournalReceipt> check_promise(const Session& session,
                                                   const NodeApi& node,
                                                   const ledger::AccessRequest& request,
                                                   const ReleasedObject& object) {
  const auto bad = [&node](const std::string& what) {
    return fail(ErrorCode::kCorrupt, "the node of " + node.address().organisation + " " + what);
  };
  const auto operation = ledger::decode_operation(object.emergency_entry);
  const auto* entry = operation ? std::get_if<ledger::LogEmergency>(&*operation) : nullptr;
  if (entry == nullptr || entry->request != request) return bad("recorded another request");
  if (object.journal_receipt.size() != Signature::kSize) return bad("gave no receipt");
  const auto* member = session.find_organisation(node.address().organisation);
  const auto& validators = session.genesis().validators;
  const auto key = std::find_if(validators.begin(), validators.end(), [&](const auto& validator) {
    return member != nullptr && validator.organisation == member->id;
  });
  if (key == validators.end()) return bad("is no validator's");
  ledger::AnchorJournalReceipt receipt;
  receipt.organisation = member->id;
  receipt.journal = entry->journal;
  receipt.number = entry->number;
  receipt.entry = ledger::journal_entry_hash(session.chain(), *entry);
  receipt.signature = Signature::from(object.journal_receipt);
  const Bytes statement = ledger::journal_receipt_statement(
      session.chain(), receipt.journal, receipt.number, receipt.entry);
  if (!crypto::verify(key->receipt_key, statement, receipt.signature)) {
    return bad("signed a receipt that does not verify");
  }
  return receipt;
}

/// One request to one custodian's node, without consensus.
class LocalRead {
 public:
  LocalRead(Session& session,
            const Requester& requester,
            const KeptDeclaration& declared,
            const ledger::AccessRequest& request)
      : session_(session), requester_(requester), request_(request) {
    call_.request = encode_query(request);
    call_.authorisation = sign_query(session, request, requester);
    call_.declaration = ledger::encode(ledger::Operation(declared.declaration));
    call_.declared_by = ledger::encode(declared.authorisation);
  }

  /// kCorrupt when the node does not prove that it is the custodian's, unless `on_its_word`.
  Result<GetResult> from(NodeApi& node,
                         const GetOptions& options,
                         bool on_its_word,
                         const Progress& progress) {
    unproven_ = false;
    std::optional<records::RecordEntry> entry;
    Reception reception(
        session_, *requester_.agreement_key, {request_.records.front(), entry, options.out});
    const auto fetch = [&](const NodeApi::HeaderSink& header, const NodeApi::ChunkSink& chunk) {
      const auto until = std::chrono::system_clock::now() + kTransferTime;
      return get_emergency(node, call_, header, chunk, until);
    };
    ledger::AnchorJournalReceipt receipt;
    const auto target = [&](const ReleasedObject& object) -> Result<payload::ReleaseTarget> {
      GALEN_TRY(entry, proven_entry(node, object));
      unproven_ = !entry;
      if (!entry && !on_its_word) {
        return fail(ErrorCode::kCorrupt,
                    "the node of " + node.address().organisation +
                        " does not prove that it is the record's custodian's");
      }
      GALEN_TRY(receipt, check_promise(session_, node, request_, object));
      // Before the content: whoever got a byte holds the receipt for it.
      GALEN_TRY_STATUS(EmergencyFiles(session_.emergency_directory()).keep(receipt));
      return payload::ReleaseTarget{
          request_.recipient_key, id_cast<TxId>(receipt.entry), payload::kEmergencyOperation};
    };
    GALEN_TRY_STATUS(reception.receive(fetch, target, progress));
    return GetResult{
        options.record,
        to_hex(reception.object().address),
        reception.size(),
        node.address().organisation,
        reception.object().obligations,
        entry.has_value(),
        {},
        JournalReceiptView{to_hex(receipt.journal), receipt.number, to_hex(receipt.entry)}};
  }

  /// Whether the last node asked offered the record, but no proof.
  [[nodiscard]] bool was_unproven() const { return unproven_; }

 private:
  /// nullopt when the node proves nothing: any member could make up a record and release it.
  Result<std::optional<records::RecordEntry>> proven_entry(const NodeApi& node,
                                                           const ReleasedObject& object) const {
    if (object.index_proof.empty()) return std::optional<records::RecordEntry>();
    GALEN_TRY(auto entry,
              check_index_entry(
                  object.index_entry, object.index_proof, request_.patient, session_.genesis()));
    const auto* member = session_.find_organisation(node.address().organisation);
    const bool is_it = entry.record.record == request_.records.front() && member != nullptr &&
                       entry.custodian == member->id;
    if (!is_it) {
      return fail(ErrorCode::kCorrupt,
                  "the node of " + node.address().organisation + " proves another record");
    }
    return std::optional(std::move(entry));
  }

  Session& session_;
  const Requester& requester_;
  ledger::AccessRequest request_;
  EmergencyCall call_;
  bool unproven_ = false;
};

Result<GetResult> read_locally(Session& session,
                               const Requester& requester,
                               const KeptDeclaration& declared,
                               const GetOptions& options,
                               const Progress& progress) {
  GALEN_TRY(const auto record, parse_id<RecordId>(options.record, "record id"));
  const Question question{declared.declaration.patient, kPurpose, ledger::Action::kRead, {record}};
  LocalRead read(session, requester, declared, make_request(session, requester, question));
  std::optional<Error> refused;
  std::string silent;
  std::vector<NodeApi*> unproven;
  for (const auto& node : session.nodes()) {
    auto result = read.from(*node, options, false, progress);
    if (result) return result;
    if (read.was_unproven()) unproven.push_back(node.get());
    const Error& error = result.error();
    // A full journal says nothing of the record, either.
    if (Session::is_transient(error) || error.code == ErrorCode::kResourceExhausted) {
      silent += (silent.empty() ? "" : "; ") + node->address().organisation + ": " + error.message;
    } else if (!refused || refused->code == ErrorCode::kNotFound) {
      refused = error;  // another node may be the custodian's, which alone has the record
    }
  }
  // Nobody gets his mere word believed by keeping the custodian from answering.
  if (!unproven.empty() && !silent.empty()) {
    return fail(ErrorCode::kUnavailable,
                "nobody who answers proves that he is the record's custodian, who may be among the "
                "silent: " +
                    silent);
  }
  // Of a replaced version nobody may be able to prove more than his word: said with the result.
  for (NodeApi* node : unproven) {
    auto result = read.from(*node, options, true, progress);
    if (result) return result;
  }
  const bool elsewhere = !refused || refused->code == ErrorCode::kNotFound;
  if (elsewhere && !silent.empty())
    return fail(ErrorCode::kUnavailable, "nobody who answers has the record, and " + silent);
  return tl::unexpected(
      refused.value_or(Error{ErrorCode::kUnavailable, "the profile names no node"}));
}

}  // namespace

Result<Declared> declare_emergency(Session& session, const DeclareOptions& options) {
  ledger::DeclareEmergency operation;
  GALEN_TRY(operation.patient, parse_id<PatientId>(options.patient, "--patient"));
  GALEN_TRY(operation.reason, parse_code<ledger::EmergencyReason>(options.reason, "--reason"));
  GALEN_TRY(operation.records, parse_ids<RecordId>(options.records, "--record"));
  operation.scope = operation.records.empty() ? ledger::EmergencyScope::kPatient
                                              : ledger::EmergencyScope::kRecords;
  GALEN_TRY(operation.person, practitioner_or_default(session, options.person));
  GALEN_TRY(const Signer signer, find_signer(session, operation.person, options.key_file));
  operation.organisation = session.organisation().id;
  operation.seed = session.random().next<Random32>();
  operation.from = session.now();
  GALEN_TRY(operation.to, parse_time("+" + options.duration, operation.from, "--for"));
  const std::uint64_t longest = session.genesis().parameters.emergency_max_ms;
  if (operation.to.value - operation.from.value > longest) {
    return fail(ErrorCode::kInvalidArgument,
                "--for: at most " + std::to_string(longest / 60'000) +
                    " minutes (emergency_max_ms of the genesis file)");
  }
  operation.declaration = ledger::declaration_id(session.chain(), operation);
  const std::uint64_t validity = operation.to.value - operation.from.value + kDeclarationGraceMs;
  const Authorised authorised =
      authorise(session, operation, ledger::AuthorisationRole::kRequester, signer, validity);
  const KeptDeclaration kept{operation, authorised.authorisations.front(), false};
  // Kept before it is sent: what the chain may have is never unknown here.
  const EmergencyFiles files(session.emergency_directory());
  GALEN_TRY_STATUS(files.keep(kept));
  Declared declared{to_hex(operation.declaration), operation.to.value, std::nullopt, ""};
  if (!chain_answers(session)) {
    declared.note = "no node confirms the newest state";
    return declared;
  }
  const Hurry hurry(session, kChainTime);
  const auto receipted = session.transact_one(authorised);
  if (!receipted && !Session::is_transient(receipted.error())) {
    files.forget(kept);
    return tl::unexpected(receipted.error());
  }
  if (!receipted) {
    declared.note = receipted.error().message;
    return declared;
  }
  GALEN_TRY_STATUS(files.mark_committed(kept));
  declared.committed = to_committed(*receipted);
  return declared;
}

Result<GetResult> get_in_emergency(Session& session,
                                   const GetOptions& options,
                                   const Progress& progress) {
  if (options.asker.purpose != kPurpose) {
    return fail(ErrorCode::kInvalidArgument, "--emergency needs --purpose BTG");
  }
  GALEN_TRY(const auto patient, parse_id<PatientId>(options.patient, "--patient"));
  GALEN_TRY(const auto record, parse_id<RecordId>(options.record, "record id"));
  GALEN_TRY(const Requester requester, find_requester(session, options.asker, patient));
  if (!requester.agreement_key) {
    return fail(ErrorCode::kConfig, "the profile holds no key agreement key of that person");
  }
  GALEN_TRY_STATUS(ReceivedFile::check(options.out));
  GALEN_TRY(KeptDeclaration declared,
            find_declaration(session, requester.signer.account, patient, record));
  if (chain_answers(session)) {
    const Hurry hurry(session, kChainTime);
    const auto brought = bring_declaration(session, declared);
    if (brought) {
      GetOptions by_chain = options;
      by_chain.emergency = false;
      auto result = get_record(session, by_chain, progress);
      if (result || !Session::is_transient(result.error())) return result;
    }
  }
  return read_locally(session, requester, declared, options, progress);
}

}  // namespace galen::client
