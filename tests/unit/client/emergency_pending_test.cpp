// What waits in the own node's journal: of that node, page by page, without what the logs have.
#include "base/hex.h"
#include "client/emergency.h"
#include "foreign_nodes.h"
#include "galen/v1/galen.grpc.pb.h"
#include "modules/policy/reason.h"
#include "support/statement_sample.h"

#include <gtest/gtest.h>

#include <map>
#include <vector>

namespace galen::client {
namespace {

using policy::Reason;

std::string wire(BytesView bytes) {
  return std::string(as_text(bytes));
}

/// Answers with the page that begins where it is asked.
class JournalService final : public v1::Emergency::Service {
 public:
  grpc::Status ListEntries(grpc::ServerContext*,
                           const v1::ListEmergencyEntriesRequest* request,
                           v1::ListEmergencyEntriesResponse* response) override {
    asked.push_back(request->from());
    const auto page = pages.find(request->from());
    if (page != pages.end()) *response = page->second;
    response->set_journal(wire(support::filled_id<JournalId>(1)));
    response->set_head(wire(Digest{}));
    response->set_anchored_head(wire(Digest{}));
    return grpc::Status::OK;
  }

  std::map<std::uint64_t, v1::ListEmergencyEntriesResponse> pages;
  std::vector<std::uint64_t> asked;
};

class EmergencyPendingTest : public ForeignNodesTest {
 protected:
  void start() {
    start_node(1, {&journal_});
    open_own_node();
  }

  /// Of hospital-2, on the page that begins at `page`.
  void add(std::uint64_t page, std::uint64_t number, Reason reason, bool logged) {
    ledger::DeclareEmergency declaration;
    declaration.declaration = support::filled_id<DeclarationId>(4);
    declaration.reason = ledger::EmergencyReason::kDisaster;
    ledger::LogEmergency entry;
    entry.journal = support::filled_id<JournalId>(1);
    entry.number = number;
    if (number > 1) entry.previous = support::filled_id<Digest>(2);
    entry.declaration = declaration.declaration;
    entry.request.person = support::filled_id<AccountId>(9);
    entry.request.organisation = ledger::organisation_id(support::numbered_key(1, 2).public_key());
    entry.request.patient = support::filled_id<PatientId>(7);
    entry.request.records = {support::filled_id<RecordId>(3)};
    entry.request.purpose = "BTG";
    entry.reasons = {static_cast<std::uint8_t>(reason)};
    entry.time = TimeMs{1'700'000'000'000 + number};
    v1::EmergencyEntryItem& item = *journal_.pages[page].add_items();
    item.set_entry(wire(ledger::encode(ledger::Operation(entry))));
    item.set_declaration(wire(ledger::encode(ledger::Operation(declaration))));
    item.set_logged(logged);
    item.set_declared(logged);
  }

  JournalService journal_;
};

TEST_F(EmergencyPendingTest, EntriesAreShownWithWhoAskedAndWhatWasDecided) {
  add(0, 1, Reason::kBreakGlass, true);
  add(0, 2, Reason::kBreakGlass, false);
  add(0, 3, Reason::kEmergencyForbidden, false);
  start();
  const auto list = list_pending(*session_, 0);
  ASSERT_TRUE(list) << list.error().message;
  EXPECT_EQ(list->journal, to_hex(support::filled_id<JournalId>(1)));
  EXPECT_EQ(list->next, 0U);
  ASSERT_EQ(list->entries.size(), 2U) << "what is in a log is told by the chain";
  const PendingEmergency& released = list->entries.front();
  EXPECT_EQ(released.number, 2U);
  EXPECT_EQ(released.time_ms, 1'700'000'000'002U);
  EXPECT_EQ(released.organisation, "hospital-2");
  EXPECT_EQ(released.person, to_hex(support::filled_id<AccountId>(9)));
  EXPECT_EQ(released.patient, to_hex(support::filled_id<PatientId>(7)));
  EXPECT_EQ(released.purpose, "BTG");
  EXPECT_EQ(released.action, "READ");
  EXPECT_EQ(released.declaration, to_hex(support::filled_id<DeclarationId>(4)));
  EXPECT_EQ(released.reason, "disaster");
  EXPECT_FALSE(released.declared);
  ASSERT_EQ(released.decisions.size(), 1U);
  EXPECT_EQ(released.decisions.front().record, to_hex(support::filled_id<RecordId>(3)));
  EXPECT_TRUE(released.decisions.front().permit);
  EXPECT_EQ(released.decisions.front().reason, "break-glass");
  EXPECT_FALSE(list->entries.back().decisions.front().permit);
  EXPECT_EQ(list->entries.back().decisions.front().reason, "btg-forbidden");
}

TEST_F(EmergencyPendingTest, APageIsShownAtATimeAndAnEmptyOneIsPassedOver) {
  add(0, 1, Reason::kBreakGlass, true);
  journal_.pages[0].set_next(51);
  add(51, 51, Reason::kBreakGlass, false);
  journal_.pages[51].set_next(101);
  add(101, 101, Reason::kBreakGlass, true);
  start();
  const auto first = list_pending(*session_, 0);
  ASSERT_TRUE(first) << first.error().message;
  ASSERT_EQ(first->entries.size(), 1U);
  EXPECT_EQ(first->entries.front().number, 51U);
  EXPECT_EQ(first->next, 101U);
  EXPECT_EQ(journal_.asked, (std::vector<std::uint64_t>{0, 51}));
  const auto rest = list_pending(*session_, first->next);
  ASSERT_TRUE(rest) << rest.error().message;
  EXPECT_TRUE(rest->entries.empty());
  EXPECT_EQ(rest->next, 0U);
}

/// Another member's journal is none of this organisation's business, and would be its word.
TEST_F(EmergencyPendingTest, TheOwnNodeAloneIsAsked) {
  start_node(2, {&journal_});
  open();
  const auto silent = list_pending(*session_, 0);
  ASSERT_FALSE(silent);
  EXPECT_EQ(silent.error().code, ErrorCode::kUnavailable) << silent.error().message;
  EXPECT_NE(silent.error().message.find("hospital-1"), std::string::npos) << silent.error().message;
  open_without_own_node();
  const auto none = list_pending(*session_, 0);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, ErrorCode::kNotFound) << none.error().message;
  EXPECT_TRUE(journal_.asked.empty());
}

}  // namespace
}  // namespace galen::client
