// Access statements from a node of another organisation that leaves out, changes or ages what it
// likes: the client's own node is down. Real TLS and gRPC on loopback.
#include "base/hex.h"
#include "client/decisions.h"
#include "client/statement.h"
#include "foreign_nodes.h"
#include "galen/v1/galen.grpc.pb.h"
#include "support/statement_sample.h"

#include <gtest/gtest.h>

#include <functional>
#include <utility>

namespace galen::client {
namespace {

std::string wire(BytesView bytes) {
  return std::string(as_text(bytes));
}

audit::StatementRange range_of(const v1::GetStatementRequest& request) {
  audit::StatementRange range{static_cast<audit::RangeUnit>(request.unit()), request.from(), {}};
  if (request.has_to()) range.to = request.to();
  return range;
}

/// Honest but for what `bend` changes; two entries a page.
class FakeAuditService final : public v1::Audit::Service {
 public:
  explicit FakeAuditService(const ledger::Genesis& genesis) : log(genesis) {}

  grpc::Status GetStatement(grpc::ServerContext*,
                            const v1::GetStatementRequest* request,
                            v1::GetStatementResponse* response) override {
    audit::Statement statement = log.statement(range_of(*request));
    const std::uint64_t last = statement.first + statement.entries.size();
    if (bend) bend(statement);
    served = statement.entries;
    served_from = statement.first;
    response->set_state_proof(wire(ledger::encode(statement.state)));
    response->set_first_index(statement.first);
    response->set_last_index(keep_last ? last : statement.first + served.size());
    for (const Digest& step : statement.path) response->add_path(wire(step));
    for (std::size_t i = 0; i < served.size() && i < 2; ++i) response->add_entries(wire(served[i]));
    return grpc::Status::OK;
  }

  grpc::Status ListAccess(grpc::ServerContext*,
                          const v1::ListAccessRequest* request,
                          v1::ListAccessResponse* response) override {
    const std::size_t from = request->from_index() - served_from;
    for (std::size_t i = from; i < served.size() && i < from + 2; ++i) {
      response->add_entries(wire(served[i]));
    }
    ++pages;
    return grpc::Status::OK;
  }

  support::SampleLog log;
  std::function<void(audit::Statement&)> bend;
  bool keep_last = false;  ///< names the whole stretch, whatever it serves
  std::vector<Bytes> served;
  std::uint64_t served_from = 0;
  int pages = 0;
};

class LyingStatementTest : public ForeignNodesTest {
 protected:
  LyingStatementTest() : audit_(genesis_) {
    for (std::uint64_t height = 1; height <= 7; ++height) audit_.log.add_at(height);
    start_node(2, {&audit_});
    open();
    options_.patient = to_hex(audit_.log.patient());
    options_.from_height = 2;
    options_.to_height = 7;
  }

  /// Under a reading of height 7, which the nodes say nothing about.
  Result<StatementFile> get() {
    const auto range = statement_range(options_, {});
    return fetch_statement(*session_, {audit_.log.patient(), {}, Height{read_at_}, {}}, *range);
  }

  FakeAuditService audit_;
  StatementOptions options_;
  std::uint64_t read_at_ = 7;
};

TEST_F(LyingStatementTest, AProvenStatementIsBelievedPageByPage) {
  const auto file = get();
  ASSERT_TRUE(file) << file.error().message;
  ASSERT_EQ(file->report.entries.size(), 5U);
  EXPECT_EQ(file->report.entries.front().height, 2U);
  EXPECT_EQ(file->report.entries.back().height, 6U);
  EXPECT_EQ(audit_.pages, 3);  // seven entries with the neighbours
  EXPECT_FALSE(file->report.may_grow);
  EXPECT_TRUE(verify_statement_bytes(file->bytes, genesis_));
}

TEST_F(LyingStatementTest, AnEntryLeftOutIsCaught) {
  for (std::size_t i = 0; i < 7; ++i) {
    for (const bool keep_last : {false, true}) {
      audit_.keep_last = keep_last;
      audit_.bend = [&](audit::Statement& statement) {
        statement.entries.erase(statement.entries.begin() + static_cast<long>(i));
      };
      expect_caught(get(), keep_last ? "missing" : "not this stretch");
    }
  }
}

TEST_F(LyingStatementTest, AShorterStretchWithItsTruePathIsCaught) {
  const auto range = statement_range(options_, {});
  audit_.bend = [&](audit::Statement& s) { s = audit_.log.statement(*range, {1, 7}); };
  expect_caught(get(), "earlier entries");
  audit_.bend = [&](audit::Statement& s) { s = audit_.log.statement(*range, {0, 6}); };
  expect_caught(get(), "later entries");
}

TEST_F(LyingStatementTest, AChangedEntryIsCaughtInAnyPage) {
  for (std::size_t i = 0; i < 7; ++i) {
    audit_.bend = [&](audit::Statement& statement) { statement.entries[i].back() ^= 1U; };
    expect_caught(get(), "not this stretch");
  }
}

TEST_F(LyingStatementTest, AnotherPatientsStatementIsCaught) {
  support::SampleLog other(genesis_, support::filled_id<PatientId>(8));
  const auto range = statement_range(options_, {});
  audit_.bend = [&](audit::Statement& statement) { statement = other.statement(*range); };
  expect_caught(get(), "another patient");  // of whom there was no access
}

TEST_F(LyingStatementTest, ABlockFromBeforeTheReadingIsCaught) {
  read_at_ = 8;
  expect_caught(get(), "old block");
}

TEST_F(LyingStatementTest, EveryRangeEndsWithTheReading) {
  options_.to_height.reset();
  const auto file = get();
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->report.to, 7U);
  EXPECT_EQ(file->report.entries.back().height, 6U);
  EXPECT_FALSE(file->report.may_grow);
  options_.from_height = 7;
  EXPECT_EQ(get().error().code, ErrorCode::kInvalidArgument);
}

TEST_F(LyingStatementTest, NoAccessAtAllIsProvenToo) {
  audit_.log = support::SampleLog(genesis_);
  const auto file = get();
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->report.log_size, 0U);
  EXPECT_TRUE(file->report.entries.empty());
}

/// What an honest node tells of an entry.
ExplainAnswer explanation_of(const audit::AccessEntry& entry) {
  ExplainAnswer answer;
  for (const auto& decision : entry.decisions) {
    ExplainAnswer::Item item;
    item.recorded.record = decision.record;
    item.recorded.permit = decision.permit();
    item.recorded.reason = std::string(policy::name(decision.reason));
    if (decision.grant) item.recorded.grant = to_bytes(BytesView(*decision.grant));
    item.recorded.obligations = decision.obligations;
    item.replayed = item.recorded;
    answer.items.push_back(std::move(item));
  }
  return answer;
}

TEST(Explanation, WhatWasRecordedIsTheEntrysWordNotTheNodes) {
  auto entry =
      support::sample_access(support::sample_genesis(), support::filled_id<PatientId>(7), 3);
  entry.decisions.push_back({support::filled_id<RecordId>(6),
                             policy::Reason::kBreakGlass,
                             support::filled_id<GrantId>(2),
                             {"review"}});
  const auto honest = explained_decisions(entry, explanation_of(entry));
  ASSERT_TRUE(honest) << honest.error().message;
  ASSERT_EQ(honest->size(), 2U);
  EXPECT_FALSE(honest->at(0).recorded.permit);
  EXPECT_EQ(honest->at(0).recorded.reason, policy::name(policy::Reason::kNoConsent));
  EXPECT_EQ(honest->at(1).recorded.record, to_hex(support::filled_id<RecordId>(6)));
  EXPECT_TRUE(honest->at(1).recorded.permit);
  EXPECT_EQ(honest->at(1).recorded.grant, to_hex(support::filled_id<GrantId>(2)));
  EXPECT_EQ(honest->at(1).recorded.obligations, std::vector<std::string>{"review"});
  const std::vector<std::function<void(ExplainAnswer&)>> lies{
      [](ExplainAnswer& answer) { answer.items.pop_back(); },
      [](ExplainAnswer& answer) { answer.items.push_back(answer.items.front()); },
      [](ExplainAnswer& answer) { std::swap(answer.items[0], answer.items[1]); },
      [](ExplainAnswer& answer) { answer.items[0].recorded.permit = true; },
      [](ExplainAnswer& answer) { answer.items[0].recorded.reason = "break-glass"; },
      [](ExplainAnswer& answer) { answer.items[0].recorded.grant = Bytes(GrantId::kSize, 2); },
      [](ExplainAnswer& answer) { answer.items[1].recorded.grant.clear(); },
      [](ExplainAnswer& answer) { answer.items[1].recorded.obligations.clear(); },
      [](ExplainAnswer& answer) { answer.items[0].replayed = answer.items[1].replayed; }};
  for (std::size_t i = 0; i < lies.size(); ++i) {
    ExplainAnswer answer = explanation_of(entry);
    lies[i](answer);
    const auto caught = explained_decisions(entry, answer);
    ASSERT_FALSE(caught) << i;
    EXPECT_EQ(caught.error().code, ErrorCode::kCorrupt) << i;
  }
}

TEST(StatementRange, IsOfTimesOrOfHeightsAndNotEmpty) {
  const TimeMs now{1'700'000'000'000};
  StatementOptions options;
  const auto everything = statement_range(options, now);
  ASSERT_TRUE(everything);
  EXPECT_EQ(*everything, (audit::StatementRange{audit::RangeUnit::kTime, 0, std::nullopt}));
  options.from = "2026-01-01";
  options.to = "2026-01-01";
  EXPECT_EQ(statement_range(options, now).error().code, ErrorCode::kInvalidArgument);
  options.to = "2026-01-02";
  const auto day = statement_range(options, now);
  ASSERT_TRUE(day);
  EXPECT_EQ(*day->to - day->from, 24U * 60 * 60 * 1000);
  options.from_height = 3;
  EXPECT_EQ(statement_range(options, now).error().code, ErrorCode::kInvalidArgument);
  options.from.clear();
  options.to.clear();
  EXPECT_EQ(statement_range(options, now)->unit, audit::RangeUnit::kHeight);
}

}  // namespace
}  // namespace galen::client
