#include "base/limits.h"
#include "payload/storage_receipt.h"
#include "rpc/even_answer.h"
#include "rpc/payload_calls.h"
#include "rpc/released_object.h"
#include "rpc/wire.h"
#include "unit/rpc/server_fixture.h"

#include <gtest/gtest.h>

namespace galen::rpc {
namespace {

using test::ServerTest;

class PayloadTest : public ServerTest {
 protected:
  static constexpr std::uint32_t kChunk = limits::kMinPayloadChunkBytes;

  /// An object of `size` bytes for a new record of the ward's patient, sealed and enveloped.
  void seal(std::size_t size) {
    auto& world = backend_.world;
    auto operation = world.record_operation(world.hospitals[0], ward_.patient.patient());
    record_ = operation.record;
    crypto::OsRandom random;
    key_ = random.next<crypto::RecordKey>();
    crypto::ChunkSealer sealer(key_, world.chain, record_, kChunk, size, random);
    for (std::size_t at = 0; at < size; at += kChunk) {
      const std::size_t part = std::min<std::size_t>(kChunk, size - at);
      chunks_.push_back(sealer.seal(Bytes(part, static_cast<std::uint8_t>(chunks_.size()))));
    }
    name_ = {world.chain, record_, sealer.address()};
    operation.payload = name_.address;
    CHECK(world.execute(operation, world.hospitals[0]).code == ledger::ResultCode::kOk, "append");
    const auto envelope = payload::seal_envelope(
        name_,
        {payload::WrapUse::kCustodian, world.hospitals[0].id, world.hospitals[0].key.public_key()},
        key_);
    backend_.sealer.add(ward_.patient.patient());
    header_.set_record(wire(record_));
    header_.set_patient(wire(ward_.patient.id));
    header_.set_address(wire(name_.address));
    header_.set_object_header(wire(sealer.header().encode()));
    header_.add_envelopes(wire(envelope->encode()));
  }

  grpc::Status put(std::size_t hospital, v1::PutResponse& response) {
    grpc::ClientContext context;
    give_time(context);
    const auto stub = v1::Payload::NewStub(channel(hospital));
    const auto stream = stub->Put(&context, &response);
    v1::PutRequest request;
    *request.mutable_header() = header_;
    bool open = stream->Write(request);
    for (std::size_t i = 0; open && i < chunks_.size(); ++i) {
      request.set_chunk(wire(chunks_[i]));
      open = stream->Write(request);
    }
    stream->WritesDone();
    return stream->Finish();
  }

  /// Commits the clinician's access to record_.
  v1::GetPayloadRequest access() {
    auto& world = backend_.world;
    ledger::LogAccess access{
        world.request(ward_.clinician, world.hospitals[1].id, ward_.patient, {record_})};
    const auto authorisation = ward_.sign(access);
    transaction_ = backend_.reader.commit(world.hospitals[1], access, {authorisation});
    world.execute(access, world.hospitals[1], {authorisation});
    v1::GetPayloadRequest request;
    request.set_tx_id(wire(transaction_));
    request.set_record(wire(record_));
    return request;
  }

  struct Got {
    grpc::Status status;
    v1::GetPayloadHeader header;
    std::vector<Bytes> chunks;
    std::chrono::steady_clock::duration took{};
  };

  Got get(const std::shared_ptr<grpc::Channel>& to,
          const v1::GetPayloadRequest& request,
          const std::function<void()>& after_first = {}) {
    Got got;
    grpc::ClientContext context;
    give_time(context);
    const auto begun = std::chrono::steady_clock::now();
    const auto stub = v1::Payload::NewStub(to);
    const auto stream = stub->Get(&context, request);
    v1::GetPayloadResponse response;
    while (stream->Read(&response)) {
      if (response.has_header()) {
        got.header = response.header();
        continue;
      }
      got.chunks.push_back(to_bytes(response.chunk()));
      if (got.chunks.size() == 1 && after_first) after_first();
    }
    got.status = stream->Finish();
    got.took = std::chrono::steady_clock::now() - begun;
    return got;
  }

  RecordId record_;
  crypto::RecordKey key_;
  std::vector<Bytes> chunks_;
  payload::ObjectName name_;
  v1::PutHeader header_;
  TxId transaction_;
};

TEST_F(PayloadTest, ARecordStoredUnderAnEarlierAgreementKeyIsStillReleased) {
  seal(kChunk);
  start();
  v1::PutResponse stored;
  ASSERT_TRUE(put(0, stored).ok());
  backend_.agreement_keys.insert(backend_.agreement_keys.begin(), crypto::PrivateKey::generate());
  ward_.grant();
  const auto got = get(channel(1), access());
  ASSERT_TRUE(got.status.ok()) << got.status.error_message();
  EXPECT_EQ(got.chunks, chunks_);
}

TEST_F(PayloadTest, WithoutTheAgreementKeyOfAnEnvelopeNothingIsStoredNorReleased) {
  seal(kChunk);
  start();
  v1::PutResponse stored;
  ASSERT_TRUE(put(0, stored).ok());
  backend_.agreement_keys = {crypto::PrivateKey::generate()};
  ward_.grant();
  const auto got = get(channel(1), access());
  EXPECT_EQ(got.status.error_code(), grpc::StatusCode::FAILED_PRECONDITION)
      << got.status.error_message();
  EXPECT_TRUE(got.chunks.empty());
  const auto again = put(0, stored);
  EXPECT_EQ(again.error_code(), grpc::StatusCode::FAILED_PRECONDITION) << again.error_message();
  EXPECT_NE(again.error_message().find("agreement key"), std::string::npos);
}

TEST_F(PayloadTest, NothingIsStoredUnderAKeyThatIsNotTheRegisteredOne) {
  seal(kChunk);
  auto& world = backend_.world;
  auto own = execution::OrganisationEntry::load(world.state, world.hospitals[0].id);
  ASSERT_TRUE(own);
  const auto next = crypto::PrivateKey::generate();
  own->agreement_key = next.public_key();
  world.store(*own);
  backend_.agreement_keys.insert(backend_.agreement_keys.begin(), next);
  start();
  v1::PutResponse stored;
  const auto refused = put(0, stored);
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::FAILED_PRECONDITION) << refused.error_message();
  EXPECT_NE(refused.error_message().find("not the registered one"), std::string::npos)
      << refused.error_message();
}

TEST_F(PayloadTest, GoesInAtItsCustodianAndOutToThePermitted) {
  seal(3 * kChunk + 17);
  start();
  v1::PutResponse stored;
  const auto put_status = put(0, stored);
  ASSERT_TRUE(put_status.ok()) << put_status.error_message();
  const auto receipt = payload::StorageReceipt::decode(as_bytes(stored.storage_receipt()));
  ASSERT_TRUE(receipt);
  EXPECT_TRUE(payload::verify_receipt(
      backend_.world.chain, *receipt, backend_.world.hospitals[0].key.public_key()));
  ASSERT_TRUE(put(0, stored).ok());  // the same again is fine

  ward_.grant();
  const auto got = get(channel(1), access());
  ASSERT_TRUE(got.status.ok()) << got.status.error_message();
  EXPECT_EQ(got.chunks, chunks_);
  const crypto::SealedBox box{to_bytes(got.header.enc()), to_bytes(got.header.wrapped_key())};
  const payload::ReleaseTarget target{test::test_key(7).public_key(), transaction_, 0};
  const auto released = payload::open_release(name_, box, test::test_key(7), target);
  ASSERT_TRUE(released);
  EXPECT_EQ(*released, key_);
}

TEST_F(PayloadTest, IsTakenFromTheOwnOrganisationOnly) {
  seal(10);
  start();
  v1::PutResponse stored;
  EXPECT_EQ(put(1, stored).error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_FALSE(backend_.objects().contains(name_.address));
}

TEST_F(PayloadTest, IsTakenForOwnPatientsOnly) {
  seal(10);
  const auto foreign = backend_.world.add_patient(backend_.world.hospitals[1]);
  backend_.sealer.add(foreign.patient());
  start();
  v1::PutResponse stored;
  header_.set_patient("short");
  EXPECT_EQ(put(0, stored).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  header_.clear_patient();
  EXPECT_EQ(put(0, stored).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  header_.set_patient(std::string(32, 'x'));
  const auto unknown = put(0, stored);
  header_.set_patient(wire(foreign.id));
  const auto other = put(0, stored);
  header_.set_patient(wire(ward_.patient.id));
  backend_.world.put_tombstone(ward_.patient.patient());
  const auto erased = put(0, stored);
  for (const auto& status : {unknown, other, erased}) {
    EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
    EXPECT_EQ(status.error_message(), unknown.error_message());
  }
  EXPECT_FALSE(backend_.objects().contains(name_.address));
}

TEST_F(PayloadTest, ADestroyedKeyLooksLikeAnUnknownRecord) {
  seal(10);
  ward_.grant();
  start();
  v1::PutResponse stored;
  ASSERT_TRUE(put(0, stored).ok());
  const auto request = access();
  ASSERT_TRUE(get(channel(1), request).status.ok());
  backend_.sealer.destroy(ward_.patient.patient());
  const auto got = get(channel(1), request);
  EXPECT_EQ(got.status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(got.status.error_message(), "not found");
  EXPECT_GE(got.took, kRefusalSlot - std::chrono::milliseconds(2));
  // So it does in an emergency.
  const payload::ReleaseTarget target{ward_.clinician.key.public_key(), transaction_, 0};
  const auto opened = ReleasedObject::open(backend_, name_, ward_.patient.patient(), target, 0);
  EXPECT_EQ(opened.error(), (Error{ErrorCode::kNotFound, "not found"}));
}

TEST_F(PayloadTest, IsNotTakenWhenItDoesNotFitItsAddress) {
  seal(2 * kChunk);
  start();
  v1::PutResponse stored;
  auto good = chunks_;
  chunks_[1][0] ^= 1;
  EXPECT_EQ(put(0, stored).error_code(), grpc::StatusCode::UNAUTHENTICATED);
  chunks_ = {good[0]};
  EXPECT_EQ(put(0, stored).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  chunks_ = {good[0], good[1], good[1]};
  EXPECT_EQ(put(0, stored).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  header_.set_record("short");
  EXPECT_EQ(put(0, stored).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_FALSE(backend_.objects().contains(name_.address));
}

TEST_F(PayloadTest, DeniedUnknownAndForeignLookTheSameAndLeaveAtASlot) {
  seal(10);
  start();
  v1::PutResponse stored;
  ASSERT_TRUE(put(0, stored).ok());
  const auto denied_request = access();  // no grant
  auto unknown_request = denied_request;
  unknown_request.set_tx_id(std::string(32, 'x'));
  const auto to = channel(1);
  ASSERT_TRUE(get_status(to).ok());
  const auto foreign_channel = channel(2);
  ASSERT_TRUE(get_status(foreign_channel).ok());
  for (const auto& got :
       {get(to, denied_request), get(to, unknown_request), get(foreign_channel, denied_request)}) {
    EXPECT_EQ(got.status.error_code(), grpc::StatusCode::NOT_FOUND);
    EXPECT_EQ(got.status.error_message(), "not found");
    EXPECT_TRUE(got.chunks.empty());
    EXPECT_EQ(got.header.wrapped_key(), "");
    EXPECT_GE(got.took, kRefusalSlot - std::chrono::milliseconds(2));
  }
}

TEST_F(PayloadTest, ManyRefusalsAreSlowedDown) {
  seal(10);
  start([](ServerOptions& options) { options.max_denials_per_second = 3; });
  v1::GetPayloadRequest request;
  request.set_tx_id(std::string(32, 'x'));
  request.set_record(wire(record_));
  const auto to = channel(1);
  bool slowed = false;
  for (int i = 0; i < 200 && !slowed; ++i) {
    slowed = get(to, request).status.error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED;
  }
  EXPECT_TRUE(slowed);
  EXPECT_NE(get(channel(2), request).status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  // Emergencies have bounds of their own.
  grpc::ClientContext context;
  const auto emergency = v1::Emergency::NewStub(to)->Get(&context, v1::GetEmergencyRequest());
  v1::GetPayloadResponse response;
  while (emergency->Read(&response)) {
  }
  EXPECT_EQ(emergency->Finish().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(PayloadTest, AStaleNodeReleasesNothing) {
  seal(10);
  ward_.grant();
  start();
  v1::PutResponse stored;
  ASSERT_TRUE(put(0, stored).ok());
  const auto request = access();
  backend_.is_fresh = false;
  EXPECT_EQ(get(channel(1), request).status.error_code(), grpc::StatusCode::UNAVAILABLE);
}

/// Asked by the gate, behind the opening, by the gate before the chunk, and behind reading it: a
/// disk that took its time must not outlast what the gate knew.
TEST_F(PayloadTest, ANodeThatGrowsStaleWhileItReadsReleasesNothing) {
  seal(10);
  ward_.grant();
  start();
  v1::PutResponse stored;
  ASSERT_TRUE(put(0, stored).ok());
  const auto request = access();
  for (const int answers : {0, 1, 2, 3}) {
    backend_.fresh_answers = answers;
    const auto got = get(channel(1), request);
    EXPECT_EQ(got.status.error_code(), grpc::StatusCode::UNAVAILABLE) << answers;
    EXPECT_TRUE(got.chunks.empty()) << answers;
  }
  backend_.fresh_answers = 4;
  const auto got = get(channel(1), request);
  EXPECT_TRUE(got.status.ok()) << got.status.error_message();
  EXPECT_EQ(got.chunks.size(), 1U);
}

TEST_F(PayloadTest, AnOpenStreamStopsWhenTheNodeIsNoLongerFresh) {
  seal(3000 * kChunk);  // far more than fits in flight
  ward_.grant();
  start();
  v1::PutResponse stored;
  ASSERT_TRUE(put(0, stored).ok());
  const auto got = get(channel(1), access(), [this] { backend_.is_fresh = false; });
  EXPECT_EQ(got.status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_LT(got.chunks.size(), 3000U);
}

TEST_F(PayloadTest, ResumesAtAChunk) {
  seal(3 * kChunk);
  ward_.grant();
  start();
  v1::PutResponse stored;
  ASSERT_TRUE(put(0, stored).ok());
  auto request = access();
  request.set_first_chunk(2);
  const auto got = get(channel(1), request);
  ASSERT_TRUE(got.status.ok()) << got.status.error_message();
  EXPECT_EQ(got.chunks, std::vector<Bytes>{chunks_[2]});
  request.set_first_chunk(3);
  EXPECT_EQ(get(channel(1), request).status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

}  // namespace
}  // namespace galen::rpc
