#include "ledger/event_cursor.h"
#include "rpc/wire.h"
#include "unit/rpc/happenings.h"
#include "unit/rpc/server_fixture.h"

#include <gtest/gtest.h>

#include <future>

namespace galen::rpc {
namespace {

using std::chrono::milliseconds;
using test::ServerTest;

/// One open stream.
struct Reader {
  Reader(const std::shared_ptr<grpc::Channel>& to,
         const v1::WatchRequest& request,
         std::chrono::seconds deadline = std::chrono::seconds(20))
      : stub(v1::Ledger::NewStub(to)) {
    context.set_deadline(std::chrono::system_clock::now() + deadline);
    stream = stub->Watch(&context, request);
  }

  /// Past heartbeats.
  v1::WatchEvent next() {
    v1::WatchEvent event;
    while (stream->Read(&event)) {
      if (event.kind() != v1::EVENT_HEARTBEAT) return event;
      ++heartbeats;
    }
    return {};
  }

  grpc::Status end() {
    v1::WatchEvent event;
    while (stream->Read(&event)) {
    }
    return stream->Finish();
  }

  grpc::ClientContext context;
  std::unique_ptr<v1::Ledger::Stub> stub;
  std::unique_ptr<grpc::ClientReader<v1::WatchEvent>> stream;
  int heartbeats = 0;
};

class WatchTest : public ServerTest {
 protected:
  v1::WatchRequest from_start() {
    v1::WatchRequest request;
    request.set_from_height(1);
    return request;
  }

  void append() {
    happenings_.append();
    if (server_) server_->head_changed();
  }

  /// The server reads the next block when it has sent the last.
  void wait_until_nothing_was_read_for(milliseconds quiet) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(120);
    std::promise<void> never;
    const auto pause = never.get_future();
    auto since = std::chrono::steady_clock::now();
    for (std::uint64_t seen = 0; std::chrono::steady_clock::now() - since < quiet;) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "the server goes on and on";
      if (const auto now = backend_.reader.blocks_read.load(); now != seen) {
        seen = now;
        since = std::chrono::steady_clock::now();
      }
      pause.wait_for(milliseconds(50));
    }
  }

  test::Happenings happenings_{backend_};
};

TEST_F(WatchTest, BeginsWithAHeartbeatThatSaysWhereItStands) {
  append();
  start();
  Reader reader(channel(0), {});
  v1::WatchEvent event;
  ASSERT_TRUE(reader.stream->Read(&event));
  EXPECT_EQ(event.kind(), v1::EVENT_HEARTBEAT);
  EXPECT_EQ(event.height(), 1U);
  const auto cursor = ledger::EventCursor::decode(as_bytes(event.cursor()));
  ASSERT_TRUE(cursor);
  EXPECT_EQ(*cursor, (ledger::EventCursor{backend_.world.chain, Height{2}, 0}));
}

TEST_F(WatchTest, TellsWhatIsThereAndThenWhatComes) {
  append();
  start();
  Reader reader(channel(0), from_start());
  EXPECT_EQ(reader.next().kind(), v1::EVENT_BLOCK);
  EXPECT_EQ(reader.next().kind(), v1::EVENT_RECORD_APPENDED);
  append();
  EXPECT_EQ(reader.next().height(), 2U);
  EXPECT_EQ(reader.next().kind(), v1::EVENT_RECORD_APPENDED);
}

/// PRIVACY.md 15: what it would tell may have been erased since.
TEST_F(WatchTest, TellsNothingWhileTheNodeCatchesUp) {
  backend_.is_catching_up = true;
  append();
  start();
  Reader reader(channel(0), from_start());
  v1::WatchEvent event;
  for (int beats = 0; beats < 2; ++beats) {
    ASSERT_TRUE(reader.stream->Read(&event));
    EXPECT_EQ(event.kind(), v1::EVENT_HEARTBEAT);
  }
  backend_.is_catching_up = false;
  append();
  EXPECT_EQ(reader.next().height(), 1U);
  EXPECT_EQ(reader.next().kind(), v1::EVENT_RECORD_APPENDED);
  EXPECT_EQ(reader.next().height(), 2U);
}

TEST_F(WatchTest, ARestartedNodeGoesOnAtTheCursor) {
  for (int i = 0; i < 3; ++i) append();
  start();
  std::string cursor;
  {
    Reader reader(channel(0), from_start());
    for (int i = 0; i < 3; ++i) cursor = reader.next().cursor();  // amid block 2
  }
  server_.reset();
  append();
  start();
  v1::WatchRequest request;
  request.set_cursor(cursor);
  Reader reader(channel(0), request);
  std::vector<std::pair<std::uint64_t, std::uint32_t>> places;
  for (int i = 0; i < 5; ++i) {
    const auto event = reader.next();
    places.emplace_back(event.height(), event.index());
  }
  EXPECT_EQ(places, (decltype(places){{2, 1}, {3, 0}, {3, 1}, {4, 0}, {4, 1}}));
}

TEST_F(WatchTest, SilenceHasAHeartbeat) {
  start([](ServerOptions& options) { options.heartbeat = milliseconds(1); });
  Reader reader(channel(2), {});
  v1::WatchEvent event;
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(reader.stream->Read(&event));
    EXPECT_EQ(event.kind(), v1::EVENT_HEARTBEAT);
  }
}

TEST_F(WatchTest, RefusalsCarryTheirNumber) {
  append();
  start();
  v1::WatchRequest request;
  request.set_from_height(5);
  Reader reader(channel(0), request);
  EXPECT_EQ(reader.end().error_code(), grpc::StatusCode::UNAVAILABLE);
  const auto& trailing = reader.context.GetServerTrailingMetadata();
  const auto number = trailing.find("galen-error");
  ASSERT_NE(number, trailing.end());
  EXPECT_EQ(std::string(number->second.data(), number->second.size()), "10");
}

TEST_F(WatchTest, StreamsOfOneCallerAreBounded) {
  start([](ServerOptions& options) { options.max_watches_per_caller = 1; });
  Reader first(channel(0), {});
  v1::WatchEvent event;
  ASSERT_TRUE(first.stream->Read(&event));
  EXPECT_EQ(Reader(channel(0), {}).end().error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  Reader other(channel(1), {});
  EXPECT_TRUE(other.stream->Read(&event)) << "another member's";
}

TEST_F(WatchTest, ASuspensionEndsTheStreamWithinFiveSeconds) {
  start();
  Reader reader(channel(1), {});
  v1::WatchEvent event;
  ASSERT_TRUE(reader.stream->Read(&event));
  {
    const std::lock_guard lock(backend_.reader.mutex);
    backend_.world.suspend(backend_.world.hospitals[1].id);
  }
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_EQ(reader.end().error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(5));
}

TEST_F(WatchTest, AStoppingNodeEndsTheStream) {
  start();
  Reader reader(channel(1), {});
  v1::WatchEvent event;
  ASSERT_TRUE(reader.stream->Read(&event));
  server_->stop(std::chrono::seconds(5));
  EXPECT_EQ(reader.end().error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(WatchTest, AReaderThatDoesNotReadIsEndedAndItsCursorHolds) {
  // Many times what the reader's window holds.
  constexpr std::uint64_t kBlocks = 12'000;
  for (std::uint64_t i = 0; i < kBlocks; ++i) {
    auto stored = i == 0 ? storage::StoredBlock{} : backend_.reader.blocks.at(Height{1});
    if (i == 0) {
      append();
      continue;
    }
    stored.block.header.height = Height{i + 1};
    backend_.reader.blocks[Height{i + 1}] = stored;
    backend_.reader.stored_results[{Height{i + 1}, 0}] =
        backend_.reader.stored_results.at({Height{1}, 0});
  }
  backend_.world.height = Height{kBlocks};
  start([](ServerOptions& options) { options.slow_reader = milliseconds(5000); });
  Reader reader(narrow_channel(0), from_start(), std::chrono::seconds(180));
  v1::WatchEvent event;
  ASSERT_TRUE(reader.stream->Read(&event));
  // Does not read until the server has given it up, 5 s after it could send no more, and before it
  // cuts the line, 5 s later.
  wait_until_nothing_was_read_for(milliseconds(7000));
  std::uint64_t read = 0;
  std::string cursor;
  while (reader.stream->Read(&event)) {
    ++read;
    cursor = event.cursor();
  }
  EXPECT_LT(read, kBlocks) << "it was not ended";
  EXPECT_EQ(reader.stream->Finish().error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  v1::WatchRequest request;
  request.set_cursor(cursor);
  Reader again(channel(0), request);
  const auto place = *ledger::EventCursor::decode(as_bytes(cursor));
  const auto next = again.next();
  EXPECT_EQ(next.height(), place.index == 2 ? place.height.value + 1 : place.height.value);
}

}  // namespace
}  // namespace galen::rpc
