// Reading in an emergency, without consensus: whichever node answers first, only who proves that he
// is the record's custodian is taken for him (docs/payload.md, "In an emergency").
#include "base/hex.h"
#include "base/limits.h"
#include "client/emergency.h"
#include "client/emergency_files.h"
#include "client/record_file.h"
#include "crypto/digest.h"
#include "foreign_nodes.h"
#include "galen/v1/galen.grpc.pb.h"
#include "modules/records/records.h"
#include "payload/key_envelope.h"
#include "support/statement_sample.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

namespace galen::client {
namespace {

std::string wire(BytesView bytes) {
  return std::string(as_text(bytes));
}

constexpr std::uint32_t kChunk = limits::kMinPayloadChunkBytes;
const auto kPatient = support::filled_id<PatientId>(7);
const auto kRecord = support::filled_id<RecordId>(3);

/// A node of hospital `number` that releases this content, with whatever proof it has.
class ReleasingService final : public v1::Emergency::Service {
 public:
  ReleasingService(const ledger::Genesis& genesis, std::uint8_t number, std::string content)
      : genesis_(genesis), number_(number), content_(std::move(content)) {
    key_.value.fill(number);
    crypto::OsRandom random;
    crypto::ChunkSealer sealer(
        key_, ledger::chain_id(genesis_), kRecord, kChunk, content_.size(), random);
    header_ = sealer.header().encode();
    chunk_ = sealer.seal(as_bytes(content_));
    address_ = sealer.address();
  }

  grpc::Status Get(grpc::ServerContext*,
                   const v1::GetEmergencyRequest* request,
                   grpc::ServerWriter<v1::GetPayloadResponse>* writer) override {
    ++asked;
    if (is_full) return {grpc::StatusCode::RESOURCE_EXHAUSTED, "full"};
    const auto operation = ledger::decode_operation(as_bytes(request->request()));
    const auto& access = std::get<ledger::LogAccess>(*operation).request;
    ledger::LogEmergency entry;
    entry.journal = support::filled_id<JournalId>(1);
    entry.number = 1;
    entry.request = access;
    entry.reasons = {1};
    const ChainId chain = ledger::chain_id(genesis_);
    const Digest hash = ledger::journal_entry_hash(chain, entry);
    const auto receipt =
        support::numbered_key(6, number_)
            .sign(ledger::journal_receipt_statement(chain, entry.journal, entry.number, hash));
    const payload::ObjectName name{chain, kRecord, address_};
    const auto own = support::numbered_key(2, number_);
    const auto envelope = payload::seal_envelope(
        name, {payload::WrapUse::kCustodian, member(), own.public_key()}, key_);
    const auto box =
        payload::rewrap(name,
                        *crypto::ObjectHeader::decode(header_),
                        *envelope,
                        own,
                        {access.recipient_key, id_cast<TxId>(hash), payload::kEmergencyOperation});
    v1::GetPayloadResponse response;
    v1::GetPayloadHeader& header = *response.mutable_header();
    header.set_object_header(wire(header_));
    header.set_address(wire(address_));
    header.set_enc(wire(box->enc));
    header.set_wrapped_key(wire(box->ciphertext));
    header.set_emergency_entry(wire(ledger::encode(ledger::Operation(entry))));
    header.set_journal_receipt(wire(receipt));
    header.set_index_entry(wire(index_entry));
    header.set_index_proof(wire(index_proof));
    writer->Write(response);
    v1::GetPayloadResponse chunk;
    chunk.set_chunk(wire(chunk_));
    writer->Write(chunk);
    return grpc::Status::OK;
  }

  [[nodiscard]] AccountId member() const {
    return ledger::organisation_id(support::numbered_key(1, number_).public_key());
  }

  /// What the ledger says when this hospital is the custodian and this is the record.
  void prove() {
    records::RecordEntry entry;
    entry.record.patient = kPatient;
    entry.record.record = kRecord;
    entry.record.mime_type = "text/plain";
    entry.record.payload = address_;
    entry.record.content_commitment =
        content_commitment(key_, crypto::Hasher().raw(as_bytes(content_)).finish());
    entry.custodian = member();
    entry.appended = TimeMs{1};
    entry.height = Height{5};
    index_entry = entry.encode();
    const auto key = records::RecordEntry::key(kPatient, kRecord);
    index_proof = ledger::encode(support::prove_single_leaf(genesis_, key, index_entry, key));
  }

  Bytes index_entry;
  Bytes index_proof;
  bool is_full = false;  ///< as a node whose journal takes nothing
  int asked = 0;

 private:
  const ledger::Genesis& genesis_;
  const std::uint8_t number_;
  const std::string content_;
  crypto::RecordKey key_;
  Bytes header_;
  Bytes chunk_;
  PayloadAddress address_;
};

class EmergencyReadTest : public ForeignNodesTest {
 protected:
  EmergencyReadTest() {
    start_node(2, {&ledger_, &forger_});
    start_node(3, {&ledger_, &custodian_});
    open();
    Person doctor;
    doctor.id = support::filled_id<AccountId>(9);
    doctor.kind = PersonKind::kPractitioner;
    doctor.role = "clinician";
    doctor.signing_key = support::numbered_key(7, 1);
    doctor.agreement_key = support::numbered_key(7, 2);
    EXPECT_TRUE(session_->people().add(doctor));
    KeptDeclaration kept;
    kept.declaration.person = doctor.id;
    kept.declaration.patient = kPatient;
    kept.declaration.organisation = session_->organisation().id;
    kept.declaration.scope = ledger::EmergencyScope::kPatient;
    kept.declaration.from = TimeMs{1};
    kept.declaration.to = TimeMs{kMaxCounter};
    kept.authorisation.role = ledger::AuthorisationRole::kRequester;
    kept.authorisation.account = doctor.id;
    kept.authorisation.signature = doctor.signing_key->sign(Bytes{1});
    EXPECT_TRUE(EmergencyFiles(session_->emergency_directory()).keep(kept));
    options_.record = to_hex(kRecord);
    options_.patient = to_hex(kPatient);
    options_.asker.person = to_hex(doctor.id);
    options_.asker.purpose = "BTG";
    options_.emergency = true;
    options_.out = directory() + "/record";
  }

  [[nodiscard]] std::string received() const {
    std::ifstream file(options_.out, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  Result<GetResult> read() { return get_in_emergency(*session_, options_, {}); }

  v1::Ledger::Service ledger_;
  ReleasingService forger_{genesis_, 2, "allergic to nothing"};
  ReleasingService custodian_{genesis_, 3, "allergic to penicillin"};
  GetOptions options_;
};

TEST_F(EmergencyReadTest, WhoProvesThatHeIsTheCustodianIsTakenForHim) {
  custodian_.prove();
  const auto result = read();
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->delivered_by, "hospital-3");
  EXPECT_TRUE(result->content_checked);
  EXPECT_EQ(received(), "allergic to penicillin");
  EXPECT_EQ(forger_.asked, 1) << "it was asked first, and proved nothing";
}

TEST_F(EmergencyReadTest, AnothersProofServesNobody) {
  custodian_.prove();
  forger_.index_entry = custodian_.index_entry;
  forger_.index_proof = custodian_.index_proof;
  const auto result = read();
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->delivered_by, "hospital-3");
  EXPECT_EQ(received(), "allergic to penicillin");
}

TEST_F(EmergencyReadTest, OtherContentThanTheProofNamesGetsNoName) {
  custodian_.prove();
  ReleasingService other(genesis_, 3, "something else");
  other.prove();
  custodian_.index_entry = other.index_entry;
  custodian_.index_proof = other.index_proof;
  forger_.index_entry = Bytes{1};
  forger_.index_proof = Bytes{1};
  const auto result = read();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kCorrupt) << result.error().message;
  EXPECT_FALSE(std::filesystem::exists(options_.out));
}

TEST_F(EmergencyReadTest, NobodysWordIsTakenWhileANodeIsSilent) {
  const auto result = read();  // the own node does not answer
  ASSERT_FALSE(result);
  const std::string& message = result.error().message;
  EXPECT_EQ(result.error().code, ErrorCode::kUnavailable) << message;
  EXPECT_NE(message.find("hospital-1"), std::string::npos) << message;
  EXPECT_NE(message.find("custodian"), std::string::npos) << message;
  EXPECT_EQ(forger_.asked, 1);
  EXPECT_EQ(custodian_.asked, 1);
  EXPECT_FALSE(std::filesystem::exists(options_.out));
}

TEST_F(EmergencyReadTest, NorWhileANodeIsTooFullToSay) {
  open_without_own_node();
  custodian_.is_full = true;
  const auto result = read();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kUnavailable) << result.error().message;
  EXPECT_NE(result.error().message.find("hospital-3"), std::string::npos) << result.error().message;
  EXPECT_EQ(forger_.asked, 1);
}

TEST_F(EmergencyReadTest, WithoutAnyProofItIsTheDeliverersWordAndSaidSo) {
  open_without_own_node();
  const auto result = read();
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_FALSE(result->content_checked);
  EXPECT_EQ(result->delivered_by, "hospital-2");
  EXPECT_EQ(custodian_.asked, 1) << "everybody is asked for a proof first";
}

}  // namespace
}  // namespace galen::client
