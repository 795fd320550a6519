#include "rpc/server.h"

#include "base/limits.h"
#include "net/frame.h"
#include "unit/rpc/server_fixture.h"

#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <future>
#include <set>

namespace galen::rpc {
namespace {

using test::FakeBackend;
using test::ServerTest;

TEST_F(ServerTest, MembersAreServedOthersAreDenied) {
  start();
  EXPECT_TRUE(get_status(channel(1)).ok());
  const auto stranger = get_status(channel(crypto::PrivateKey::generate()));
  EXPECT_EQ(stranger.error_code(), grpc::StatusCode::PERMISSION_DENIED);
  const auto node = get_status(channel(node_key_));
  EXPECT_EQ(node.error_code(), grpc::StatusCode::PERMISSION_DENIED);
}

TEST_F(ServerTest, ASuspensionIsFeltOnAnOpenConnection) {
  start();
  const auto to = channel(1);
  EXPECT_TRUE(get_status(to).ok());
  backend_.world.suspend(backend_.world.hospitals[1].id);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  grpc::Status status;
  do {
    status = get_status(to);
  } while (status.ok() && std::chrono::steady_clock::now() < deadline);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
}

TEST_F(ServerTest, AnIdleStreamUnderAnOldKeyIsEndedAndTheNewKeyServed) {
  start();
  grpc::ClientContext context;
  give_time(context);
  const auto stub = v1::Ledger::NewStub(channel(1));
  const auto stream = stub->SubmitStream(&context);
  auto entry =
      execution::OrganisationEntry::load(backend_.world.state, backend_.world.hospitals[1].id);
  const auto new_key = crypto::PrivateKey::generate();
  entry->tls_key = new_key.public_key();
  backend_.world.store(*entry);
  const auto begun = std::chrono::steady_clock::now();
  v1::SubmitResponse response;
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(5));
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(get_status(channel(1)).error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_TRUE(get_status(channel(new_key)).ok());
}

TEST_F(ServerTest, RefusedQueriesAboutPersonsAreCountedByMember) {
  start();
  const auto list = [&](std::size_t hospital) {
    grpc::ClientContext context;
    give_time(context);
    v1::ListGrantsRequest request;
    request.set_patient(std::string(as_text(ward_.patient.id)));
    v1::ListGrantsResponse response;
    return v1::Consent::NewStub(channel(hospital))->ListGrants(&context, request, &response);
  };
  EXPECT_TRUE(list(0).ok());
  EXPECT_TRUE(server_->refused_queries().empty());
  EXPECT_EQ(list(1).error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(list(1).error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(server_->refused_queries(),
            (std::map<AccountId, std::uint64_t>{{backend_.world.hospitals[1].id, 2}}));
}

TEST_F(ServerTest, ErrorsCarryTheStableNumber) {
  start();
  grpc::ClientContext context;
  give_time(context);
  v1::GetTransactionRequest request;
  request.set_tx_id(std::string(32, 'x'));
  v1::GetTransactionResponse response;
  const auto status = v1::Ledger::NewStub(channel(1))->GetTransaction(&context, request, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(status.error_message(), "not found");
  const auto& trailing = context.GetServerTrailingMetadata();
  const auto number = trailing.find("galen-error");
  ASSERT_NE(number, trailing.end());
  EXPECT_EQ(std::string(number->second.data(), number->second.size()), "4");
}

TEST_F(ServerTest, TwoServersDoNotShareAPort) {
  start();
  ServerOptions options;
  options.listen = "127.0.0.1:" + std::to_string(server_->port());
  options.identity = test::make_identity(authority_, node_key_, authority_.pem);
  const auto second = Server::start(options, backend_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kConfig);
  options.listen = "127.0.0.1:0";
  options.identity.key_pem = crypto::PrivateKey::generate().to_pem();
  EXPECT_FALSE(Server::start(options, backend_));
}

TEST_F(ServerTest, HealthFollowsTheSwitchAndReflectionTheOption) {
  start([](ServerOptions& options) { options.reflection = true; });
  grpc::GenericStub stub(channel(1));
  const auto call = [&](const std::string& method) {
    grpc::ClientContext context;
    give_time(context);
    grpc::Slice nothing;
    grpc::ByteBuffer request(&nothing, 1);
    grpc::ByteBuffer response;
    std::promise<grpc::Status> promise;
    stub.UnaryCall(
        &context, method, grpc::StubOptions(), &request, &response, [&](grpc::Status status) {
          promise.set_value(std::move(status));
        });
    auto status = promise.get_future().get();
    std::vector<grpc::Slice> slices;
    std::string bytes;
    if (status.ok() && response.Dump(&slices).ok()) {
      for (const auto& slice : slices) bytes.append(slice.begin(), slice.end());
    }
    return std::pair(status.error_code(), bytes);
  };
  server_->set_serving(true);
  EXPECT_EQ(call("/grpc.health.v1.Health/Check"),
            std::pair(grpc::StatusCode::OK, std::string("\x08\x01", 2)));
  server_->set_serving(false);
  EXPECT_EQ(call("/grpc.health.v1.Health/Check"),
            std::pair(grpc::StatusCode::OK, std::string("\x08\x02", 2)));
  EXPECT_NE(call("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo").first,
            grpc::StatusCode::UNIMPLEMENTED);
  server_.reset();
  start();
  stub = grpc::GenericStub(channel(1));
  EXPECT_EQ(call("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo").first,
            grpc::StatusCode::UNIMPLEMENTED);
}

// --- Submit ---

class SubmitTest : public ServerTest {
 protected:
  grpc::Status submit(std::size_t bytes, v1::SubmitResponse& response, bool no_wait = false) {
    grpc::ClientContext context;
    give_time(context);
    v1::SubmitRequest request;
    request.set_id(5);
    request.set_transaction(std::string(bytes, 't'));
    request.set_no_wait(no_wait);
    return v1::Ledger::NewStub(channel(1))->Submit(&context, request, &response);
  }
};

TEST_F(SubmitTest, AnswersWithTheOutcome) {
  start();
  v1::SubmitResponse response;
  ASSERT_TRUE(submit(100, response).ok());
  EXPECT_EQ(response.id(), 5U);
  EXPECT_TRUE(response.committed());
  EXPECT_EQ(response.height(), 7U);
  response.Clear();
  ASSERT_TRUE(submit(100, response, true).ok());
  EXPECT_FALSE(response.committed());
}

TEST_F(SubmitTest, PassesTheCallerAndTheBytes) {
  std::promise<FakeBackend::Submission> seen;
  backend_.on_submit = [&](FakeBackend::Submission submission) {
    submission.done({});
    seen.set_value(std::move(submission));
  };
  start();
  v1::SubmitResponse response;
  ASSERT_TRUE(submit(3, response).ok());
  const auto submission = seen.get_future().get();
  EXPECT_EQ(submission.caller, backend_.world.hospitals[1].id);
  EXPECT_EQ(to_string(submission.transaction), "ttt");
  EXPECT_TRUE(submission.wait);
}

TEST_F(SubmitTest, RefusesWhatIsTooLargeAndLivesOn) {
  start();
  v1::SubmitResponse response;
  EXPECT_TRUE(submit(limits::kMaxTransactionBytes, response).ok());
  EXPECT_EQ(submit(limits::kMaxTransactionBytes + 1, response).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(submit(net::kMaxFrameBodyBytes + 10'000, response).error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_TRUE(submit(100, response).ok());
}

TEST_F(SubmitTest, AnUnansweredSubmissionEndsWithTheServer) {
  std::promise<void> arrived;
  std::function<void(SubmitOutcome)> late;
  backend_.on_submit = [&](FakeBackend::Submission submission) {
    late = std::move(submission.done);
    arrived.set_value();
  };
  start();
  auto answer = std::async(std::launch::async, [&] {
    v1::SubmitResponse response;
    return submit(100, response);
  });
  arrived.get_future().wait();
  server_->stop(std::chrono::seconds(5));
  EXPECT_EQ(answer.get().error_code(), grpc::StatusCode::UNAVAILABLE);
  server_.reset();
  late({});  // nobody listens any more, and nothing happens
}

TEST_F(SubmitTest, AForgottenSubmissionIsUnavailable) {
  backend_.on_submit = [](const FakeBackend::Submission&) {};
  start();
  v1::SubmitResponse response;
  EXPECT_EQ(submit(100, response).error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(SubmitTest, AStreamAnswersManyAndMatchesThemById) {
  start();
  constexpr std::uint64_t kCount = 5000;
  grpc::ClientContext context;
  give_time(context);
  const auto stub = v1::Ledger::NewStub(channel(1));
  const auto stream = stub->SubmitStream(&context);
  std::set<std::uint64_t> ids;
  auto reader = std::async(std::launch::async, [&] {
    v1::SubmitResponse response;
    while (stream->Read(&response)) {
      EXPECT_EQ(response.error(), 0U);
      EXPECT_TRUE(ids.insert(response.id()).second);
    }
  });
  for (std::uint64_t i = 0; i < kCount; ++i) {
    v1::SubmitRequest request;
    request.set_id(i);
    request.set_transaction("t");
    ASSERT_TRUE(stream->Write(request));
  }
  stream->WritesDone();
  reader.get();
  EXPECT_TRUE(stream->Finish().ok());
  EXPECT_EQ(ids.size(), kCount);
}

TEST_F(SubmitTest, AStreamBoundsWhatIsInFlight) {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::function<void(SubmitOutcome)>> waiting;
  backend_.on_submit = [&](FakeBackend::Submission submission) {
    const std::lock_guard lock(mutex);
    waiting.push_back(std::move(submission.done));
    changed.notify_all();
  };
  start([](ServerOptions& options) { options.max_submissions_per_caller = 10; });
  grpc::ClientContext context;
  give_time(context);
  const auto stub = v1::Ledger::NewStub(channel(1));
  const auto stream = stub->SubmitStream(&context);
  for (std::uint64_t i = 0; i < 11; ++i) {
    v1::SubmitRequest request;
    request.set_id(i);
    request.set_transaction("t");
    ASSERT_TRUE(stream->Write(request));
  }
  v1::SubmitResponse response;
  ASSERT_TRUE(stream->Read(&response));  // the eleventh is refused, the stream goes on
  EXPECT_EQ(response.id(), 10U);
  EXPECT_EQ(response.error(), static_cast<std::uint32_t>(ErrorCode::kResourceExhausted));
  std::vector<std::function<void(SubmitOutcome)>> ten;
  {
    std::unique_lock lock(mutex);
    ASSERT_TRUE(changed.wait_for(lock, kPatience, [&] { return waiting.size() == 10; }));
    ten.swap(waiting);
  }
  for (const auto& done : ten) done({});
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(stream->Read(&response));
  stream->WritesDone();
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_F(SubmitTest, AnOpenStreamEndsWithTheServer) {
  start();
  grpc::ClientContext context;
  give_time(context);
  const auto stub = v1::Ledger::NewStub(channel(1));
  const auto stream = stub->SubmitStream(&context);
  v1::SubmitRequest request;
  request.set_transaction("t");
  ASSERT_TRUE(stream->Write(request));
  v1::SubmitResponse response;
  ASSERT_TRUE(stream->Read(&response));
  const auto begun = std::chrono::steady_clock::now();
  server_->stop(std::chrono::seconds(15));
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(10));
  EXPECT_FALSE(stream->Read(&response));
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
}

}  // namespace
}  // namespace galen::rpc
