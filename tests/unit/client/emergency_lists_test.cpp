// Lists of emergencies and journals are read to their last page.
#include "base/hex.h"
#include "client/emergency.h"
#include "foreign_nodes.h"
#include "galen/v1/galen.grpc.pb.h"
#include "modules/emergency/declarations.h"
#include "modules/emergency/journals.h"
#include "support/statement_sample.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

namespace galen::client {
namespace {

constexpr std::uint8_t kPages = 3;

/// Has `kPages` pages of everything; a token is the number of its page.
class PagingNode final : public v1::Emergency::Service {
 public:
  grpc::Status ListDeclarations(grpc::ServerContext*,
                                const v1::ListDeclarationsRequest* request,
                                v1::ListDeclarationsResponse* response) override {
    declarations.push_back(*request);
    const std::uint8_t page = page_of(request->page_token());
    emergency::DeclarationEntry entry;
    entry.declaration.declaration = support::filled_id<DeclarationId>(page);
    response->add_items()->set_entry(to_string(entry.encode()));
    response->set_open(page);
    response->set_page_token(token_behind(page));
    return grpc::Status::OK;
  }

  grpc::Status ListJournals(grpc::ServerContext*,
                            const v1::ListJournalsRequest* request,
                            v1::ListJournalsResponse* response) override {
    journals.push_back(*request);
    const std::uint8_t page = page_of(request->page_token());
    auto* journal = response->add_journals();
    journal->set_journal(to_string(support::filled_id<JournalId>(page)));
    journal->set_entry(to_string(emergency::JournalEntry{}.encode()));
    emergency::JournalPlace place;
    place.number = page;
    place.receipt = Digest{};
    auto* evidence = response->add_evidence();
    evidence->set_organisation(std::string(32, 'o'));
    evidence->set_place(to_string(place.encode()));
    response->set_page_token(token_behind(page));
    return grpc::Status::OK;
  }

  std::vector<v1::ListDeclarationsRequest> declarations;
  std::vector<v1::ListJournalsRequest> journals;

 private:
  static std::uint8_t page_of(const std::string& token) {
    return token.empty() ? std::uint8_t{1} : static_cast<std::uint8_t>(token[0]);
  }

  static std::string token_behind(std::uint8_t page) {
    return page == kPages ? "" : std::string(1, static_cast<char>(page + 1));
  }
};

class EmergencyListsTest : public ForeignNodesTest {
 protected:
  EmergencyListsTest() {
    start_node(1, {&own_});
    start_node(2, {&other_});
    open_with("");  // hospital-2 first
  }

  [[nodiscard]] AccountId member(std::uint8_t number) const {
    return ledger::organisation_id(support::numbered_key(1, number).public_key());
  }

  PagingNode own_;
  PagingNode other_;
};

TEST_F(EmergencyListsTest, EveryPageOfDeclarationsIsRead) {
  const auto list = list_declarations(*session_, {});
  ASSERT_TRUE(list) << list.error().message;
  ASSERT_EQ(list->declarations.size(), kPages);
  for (std::uint8_t page = 1; page <= kPages; ++page) {
    EXPECT_EQ(list->declarations[page - 1U].declaration,
              to_hex(support::filled_id<DeclarationId>(page)));
  }
  EXPECT_EQ(list->open, kPages) << "the newest quota";
  EXPECT_EQ(other_.declarations.size(), kPages);
  EXPECT_EQ(other_.declarations.front().at_height(), 0U);
  EXPECT_TRUE(own_.declarations.empty());
}

/// Nobody proves the past: another hospital's node would be believed everything.
TEST_F(EmergencyListsTest, AsOfAHeightTheOwnNodeAloneIsAsked) {
  ListDeclarationsOptions options;
  options.patient = to_hex(support::filled_id<PatientId>(7));
  options.at = 12;
  const auto list = list_declarations(*session_, options);
  ASSERT_TRUE(list) << list.error().message;
  EXPECT_EQ(list->declarations.size(), kPages);
  ASSERT_EQ(own_.declarations.size(), kPages);
  for (const auto& request : own_.declarations) {
    EXPECT_EQ(request.at_height(), 12U);
    EXPECT_EQ(request.patient(), to_string(support::filled_id<PatientId>(7)));
  }
  EXPECT_TRUE(other_.declarations.empty());
}

TEST_F(EmergencyListsTest, AHeightIsOfOnePatientAndBeginsWithOne) {
  ListDeclarationsOptions options;
  options.at = 12;
  EXPECT_EQ(list_declarations(*session_, options).error().code, ErrorCode::kInvalidArgument);
  options.patient = to_hex(support::filled_id<PatientId>(7));
  options.at = 0;
  EXPECT_EQ(list_declarations(*session_, options).error().code, ErrorCode::kInvalidArgument);
  EXPECT_TRUE(own_.declarations.empty() && other_.declarations.empty());
}

TEST_F(EmergencyListsTest, EveryPageOfJournalsIsRead) {
  const auto report = list_journals(*session_, {});
  ASSERT_TRUE(report) << report.error().message;
  ASSERT_EQ(report->journals.size(), kPages);
  ASSERT_EQ(report->evidence.size(), kPages);
  for (std::uint8_t page = 1; page <= kPages; ++page) {
    EXPECT_EQ(report->journals[page - 1U].journal, to_hex(support::filled_id<JournalId>(page)));
    EXPECT_EQ(report->evidence[page - 1U].number, page);
  }
  for (const auto& request : other_.journals) EXPECT_TRUE(request.organisation().empty());
}

TEST_F(EmergencyListsTest, JournalsOfOneMemberAreAskedForByItsName) {
  ASSERT_TRUE(list_journals(*session_, "hospital-3"));
  ASSERT_EQ(other_.journals.size(), kPages);
  for (const auto& request : other_.journals) {
    EXPECT_EQ(request.organisation(), to_string(member(3)));
  }
  EXPECT_EQ(list_journals(*session_, "hospital-99").error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(other_.journals.size(), kPages) << "nobody was asked";
}

}  // namespace
}  // namespace galen::client
