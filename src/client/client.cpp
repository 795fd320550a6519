#include "galen/client.h"

#include "base/hex.h"
#include "client/consent.h"
#include "client/consent_import.h"
#include "client/decisions.h"
#include "client/dry_run.h"
#include "client/emergency.h"
#include "client/erasure.h"
#include "client/evidence.h"
#include "client/failure.h"
#include "client/grant_history.h"
#include "client/groups.h"
#include "client/holds.h"
#include "client/key_file.h"
#include "client/labels.h"
#include "client/light_client.h"
#include "client/log_reading.h"
#include "client/own_accesses.h"
#include "client/patient_export.h"
#include "client/proofs.h"
#include "client/queries.h"
#include "client/receipt_seal.h"
#include "client/receipts.h"
#include "client/record_versions.h"
#include "client/records.h"
#include "client/registration.h"
#include "client/session.h"
#include "client/statement.h"
#include "client/text_forms.h"
#include "client/watch.h"
#include "galen/identity.h"
#include "ledger/genesis.h"
#include "ledger/text_commitment.h"

#include <cstdlib>

namespace galen::client {

namespace {

PersonKind person_kind(const std::string& text) {
  if (text == "proxy") return PersonKind::kProxy;
  return text == "patient" ? PersonKind::kPatient : PersonKind::kPractitioner;
}

}  // namespace

Client::Client(std::unique_ptr<Session> session) : session_(std::move(session)) {}

Client::~Client() = default;
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;

Outcome<Client> Client::open(const ClientOptions& options) {
  // gRPC writes its own lines to stderr; failures are reported by this library.
  ::setenv("GRPC_VERBOSITY", "NONE", 0);
  SessionOptions session_options;
  session_options.timeout = std::chrono::milliseconds(options.timeout_ms);
  session_options.node = options.node;
  session_options.lane = options.lane;
  session_options.note = options.note;
  auto session =
      outcome_of("profile", [&] { return Session::open(options.profile, session_options); });
  if (!session) return session.failure();
  return Client(std::move(*session));
}

Outcome<NodeStatus> Client::status() {
  return outcome_of("status", [&] { return node_status(*session_); });
}

std::vector<NodeStatus> Client::status_all() {
  return all_statuses(*session_);
}

Outcome<Registered> Client::register_patient(const PatientOptions& options) {
  return outcome_of("patient register",
                    [&] { return client::register_patient(*session_, options); });
}

Outcome<Registered> Client::register_practitioner(const PractitionerOptions& options) {
  return outcome_of("practitioner register",
                    [&] { return client::register_practitioner(*session_, options); });
}

Outcome<std::vector<std::string>> Client::people(const std::string& kind) {
  return outcome_of("people", [&]() -> Result<std::vector<std::string>> {
    GALEN_TRY(const auto ids, session_->people().list(person_kind(kind)));
    std::vector<std::string> texts;
    for (const auto& id : ids) texts.push_back(to_hex(id));
    return texts;
  });
}

Outcome<PutResult> Client::put_record(const PutOptions& options, const Progress& progress) {
  return outcome_of("record put", [&] { return client::put_record(*session_, options, progress); });
}

Outcome<std::vector<RecordView>> Client::list_records(const ListOptions& options) {
  return outcome_of("record list", [&] { return client::list_records(*session_, options); });
}

Outcome<PutResult> Client::replace_record(const ReplaceOptions& options, const Progress& progress) {
  return outcome_of("record replace",
                    [&] { return client::replace_record(*session_, options, progress); });
}

Outcome<Committed> Client::retract_record(const RetractOptions& options) {
  return outcome_of("record retract", [&] { return client::retract_record(*session_, options); });
}

Outcome<std::vector<VersionView>> Client::record_history(const HistoryOptions& options) {
  return outcome_of("record history", [&] { return client::record_history(*session_, options); });
}

Outcome<GetResult> Client::get_record(const GetOptions& options, const Progress& progress) {
  return outcome_of("record get", [&] {
    return options.emergency ? get_in_emergency(*session_, options, progress)
                             : client::get_record(*session_, options, progress);
  });
}

Outcome<Registered> Client::grant(const ConsentOptions& options) {
  return outcome_of(options.permit ? "consent grant" : "consent deny",
                    [&] { return grant_access(*session_, options); });
}

Outcome<Committed> Client::revoke(const RevokeOptions& options) {
  return outcome_of("consent revoke", [&] { return revoke_access(*session_, options); });
}

Outcome<ImportResult> Client::import_consent(const ImportOptions& options) {
  return outcome_of("consent import", [&] { return client::import_consent(*session_, options); });
}

Outcome<std::vector<GrantView>> Client::list_grants(const ListGrantsOptions& options) {
  return outcome_of("consent list", [&] { return client::list_grants(*session_, options); });
}

Outcome<std::vector<GrantVersionView>> Client::grant_history(const GrantHistoryOptions& options) {
  return outcome_of("consent history", [&] { return client::grant_history(*session_, options); });
}

Outcome<std::vector<std::uint8_t>> Client::seal_receipt(const std::vector<std::uint8_t>& receipt,
                                                        const std::vector<std::uint8_t>& proof) {
  return outcome_of("consent receipt",
                    [&] { return client::seal_receipt(*session_, receipt, proof); });
}

Outcome<ReceiptView> Client::receipt(const ReceiptQuery& query) {
  return outcome_of("consent receipt", [&] { return make_receipt(*session_, query); });
}

Outcome<SimulateView> Client::simulate(const SimulateOptions& options) {
  return outcome_of("consent simulate", [&] { return client::simulate(*session_, options); });
}

Outcome<ExplainView> Client::explain(const ExplainOptions& options) {
  return outcome_of("consent explain", [&] { return client::explain(*session_, options); });
}

Outcome<std::vector<ExplainView>> Client::explain_block(const ExplainBlockOptions& options) {
  return outcome_of("consent explain", [&] { return client::explain_block(*session_, options); });
}

Outcome<ExportReport> Client::export_patient(const ExportOptions& options, ExportSink& sink) {
  return outcome_of("patient export",
                    [&] { return client::export_patient(*session_, options, sink); });
}

Outcome<Registered> Client::define_group(const GroupOptions& options) {
  return outcome_of("group define", [&] { return client::define_group(*session_, options); });
}

Outcome<Committed> Client::update_group(const GroupOptions& options) {
  return outcome_of("group update", [&] { return client::update_group(*session_, options); });
}

Outcome<Committed> Client::change_membership(const MembershipOptions& options) {
  return outcome_of(options.member ? "group add" : "group remove",
                    [&] { return client::change_membership(*session_, options); });
}

Outcome<GroupView> Client::group(const std::string& group, const std::string& person) {
  return outcome_of("group show", [&] { return show_group(*session_, group, person); });
}

Outcome<std::vector<GroupView>> Client::list_groups() {
  return outcome_of("group list", [&] { return client::list_groups(*session_); });
}

Outcome<std::vector<CheckView>> Client::check(const CheckOptions& options) {
  return outcome_of("consent check", [&] { return check_access(*session_, options); });
}

Outcome<bool> Client::own_accesses(const OwnAccessOptions& options, const EventSink& sink) {
  return outcome_of("audit organisation", [&]() -> Result<bool> {
    GALEN_TRY_STATUS(client::own_accesses(*session_, options, sink));
    return true;
  });
}

Outcome<std::vector<AccessView>> Client::list_access(const AccessListOptions& options) {
  return outcome_of("audit list", [&] { return client::list_access(*session_, options); });
}

Outcome<Committed> Client::log_act(const ActOptions& options) {
  return outcome_of("audit act", [&] { return client::log_act(*session_, options); });
}

Outcome<Declared> Client::declare_emergency(const DeclareOptions& options) {
  return outcome_of("emergency declare",
                    [&] { return client::declare_emergency(*session_, options); });
}

Outcome<DeclarationList> Client::list_declarations(const ListDeclarationsOptions& options) {
  return outcome_of("emergency list",
                    [&] { return client::list_declarations(*session_, options); });
}

Outcome<Committed> Client::review_emergency(const ReviewOptions& options) {
  return outcome_of("emergency review",
                    [&] { return client::review_emergency(*session_, options); });
}

Outcome<PendingList> Client::pending_emergencies(std::uint64_t from) {
  return outcome_of("emergency pending", [&] { return list_pending(*session_, from); });
}

Outcome<AnchorReport> Client::anchor_emergencies() {
  return outcome_of("emergency anchor", [&] { return client::anchor_emergencies(*session_); });
}

Outcome<AnchorReport> Client::anchor_receipts() {
  return outcome_of("emergency receipts anchor",
                    [&] { return client::anchor_receipts(*session_); });
}

Outcome<JournalReport> Client::list_journals(const std::optional<std::string>& organisation) {
  return outcome_of("emergency journals",
                    [&] { return client::list_journals(*session_, organisation); });
}

Outcome<StatementFile> Client::statement(const StatementOptions& options) {
  return outcome_of("audit statement", [&] { return get_statement(*session_, options); });
}

Identity Client::identity() {
  return Identity(*session_);
}

Outcome<TransactionView> Client::transaction(const std::string& tx_id) {
  return outcome_of("tx get", [&] { return get_transaction(*session_, tx_id); });
}

Outcome<BlockView> Client::block(std::uint64_t height) {
  return outcome_of("block get", [&] { return get_block(*session_, height); });
}

Outcome<std::vector<BlockView>> Client::blocks(std::optional<std::uint64_t> from,
                                               std::uint64_t count) {
  return outcome_of("block list", [&] { return list_blocks(*session_, from, count); });
}

Outcome<WatchEnd> Client::watch(const WatchOptions& options, const EventSink& sink) {
  return outcome_of("watch", [&] { return watch_events(*session_, options, sink); });
}

Outcome<FollowEnd> Client::follow(const FollowOptions& options, const HeaderSink& sink) {
  return outcome_of("light follow", [&] { return follow_headers(*session_, options, sink); });
}

Outcome<ProofFile> Client::proof(const ProofQuery& query) {
  return outcome_of("proof get", [&] { return get_proof(*session_, query); });
}

Outcome<ProofReport> verify_proof(const std::vector<std::uint8_t>& proof,
                                  const std::string& genesis_text) {
  return outcome_of("proof verify", [&]() -> Result<ProofReport> {
    const auto genesis = ledger::genesis_from_json(genesis_text);
    if (!genesis) return fail(ErrorCode::kConfig, "genesis file: " + genesis.error().message);
    return verify_proof_bytes(proof, *genesis);
  });
}

Outcome<std::string> Client::export_label_key(const std::string& patient, const std::string& file) {
  return outcome_of("label export-key", [&]() -> Result<std::string> {
    GALEN_TRY(const auto id, parse_id<PatientId>(patient, "--patient"));
    GALEN_TRY_STATUS(client::export_label_key(*session_, id, file));
    return file;
  });
}

Outcome<std::string> create_label_secret(const std::string& file) {
  return outcome_of("label create-secret", [&]() -> Result<std::string> {
    crypto::OsRandom random;
    GALEN_TRY_STATUS(
        create_output_file(file, ledger::LabelSecrets::file_text(random.next<Random32>())));
    return file;
  });
}

Outcome<TextCommitment> commit_text(const std::vector<std::uint8_t>& text,
                                    const std::string& salt,
                                    const std::optional<std::string>& expected) {
  return outcome_of("consent commit-text", [&]() -> Result<TextCommitment> {
    crypto::OsRandom random;
    auto salted = random.next<Random32>();
    if (!salt.empty()) {
      GALEN_TRY(salted, parse_id<Random32>(salt, "--salt"));
    }
    const Digest commitment = ledger::text_commitment(salted, text);
    if (expected) {
      GALEN_TRY(const Digest wanted, parse_id<Digest>(*expected, "--expect"));
      if (wanted != commitment) {
        return fail(ErrorCode::kCorrupt,
                    "the commitment is to another text, or under another salt");
      }
    }
    return TextCommitment{to_hex(salted), to_hex(commitment)};
  });
}

Outcome<Registered> Client::request_erasure(const ErasureRequestOptions& options) {
  return outcome_of("erasure request", [&] { return client::request_erasure(*session_, options); });
}

Outcome<std::string> Client::approve_erasure(const ErasureRequestOptions& options) {
  return outcome_of("erasure request", [&] { return client::approve_erasure(*session_, options); });
}

Outcome<Committed> Client::withdraw_erasure(const WithdrawErasureOptions& options) {
  return outcome_of("erasure withdraw",
                    [&] { return client::withdraw_erasure(*session_, options); });
}

Outcome<Committed> Client::order_erasure(const ErasureOrderOptions& options) {
  return outcome_of("erasure order", [&] { return client::order_erasure(*session_, options); });
}

Outcome<std::vector<Committed>> Client::attest_erasure(const AttestOptions& options) {
  return outcome_of("erasure attest", [&] { return client::attest_erasure(*session_, options); });
}

Outcome<std::vector<ErasureView>> Client::erasure_status(const std::string& order) {
  return outcome_of("erasure status", [&] { return client::erasure_status(*session_, order); });
}

Outcome<ErasureCertificate> Client::erasure_certificate(const std::string& order) {
  return outcome_of("erasure certificate",
                    [&] { return client::erasure_certificate(*session_, order); });
}

Outcome<Registered> Client::place_hold(const HoldOptions& options) {
  return outcome_of("hold place", [&] { return client::place_hold(*session_, options); });
}

Outcome<HoldList> Client::holds(const PersonQuery& query) {
  return outcome_of("hold list", [&] { return list_holds(*session_, query); });
}

Outcome<Committed> Client::lift_hold(const std::string& patient, const std::string& hold) {
  return outcome_of("hold lift", [&] { return client::lift_hold(*session_, patient, hold); });
}

Outcome<ErasureCertificate> verify_erasure(const std::vector<std::uint8_t>& file,
                                           const std::string& genesis_text) {
  return outcome_of("erasure verify", [&]() -> Result<ErasureCertificate> {
    const auto genesis = ledger::genesis_from_json(genesis_text);
    if (!genesis) return fail(ErrorCode::kConfig, "genesis file: " + genesis.error().message);
    return verify_certificate_bytes(file, *genesis);
  });
}

Outcome<SealReport> verify_receipt(const SealedReceipt& sealed, const std::string& genesis_text) {
  return outcome_of("consent receipt-verify", [&]() -> Result<SealReport> {
    const auto genesis = ledger::genesis_from_json(genesis_text);
    if (!genesis) return fail(ErrorCode::kConfig, "genesis file: " + genesis.error().message);
    return verify_seal(sealed, *genesis);
  });
}

Outcome<StatementReport> verify_statement(const std::vector<std::uint8_t>& statement,
                                          const std::string& genesis_text) {
  return outcome_of("audit verify", [&]() -> Result<StatementReport> {
    const auto genesis = ledger::genesis_from_json(genesis_text);
    if (!genesis) return fail(ErrorCode::kConfig, "genesis file: " + genesis.error().message);
    return verify_statement_bytes(statement, *genesis);
  });
}

Outcome<std::vector<EvidenceView>> Client::list_evidence(const std::optional<std::string>& member) {
  return outcome_of("evidence list", [&] { return client::list_evidence(*session_, member); });
}

Outcome<EvidenceFile> Client::evidence(const std::string& id) {
  return outcome_of("evidence export", [&] { return get_evidence(*session_, id); });
}

Outcome<EvidenceReport> verify_evidence(const std::vector<std::uint8_t>& file,
                                        const std::string& genesis_text) {
  return outcome_of("evidence verify", [&]() -> Result<EvidenceReport> {
    const auto genesis = ledger::genesis_from_json(genesis_text);
    if (!genesis) return fail(ErrorCode::kConfig, "genesis file: " + genesis.error().message);
    return verify_evidence_bytes(file, *genesis);
  });
}

std::string version() {
  return GALEN_VERSION;
}

}  // namespace galen::client
