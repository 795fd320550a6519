#include "ledger/result_fields.h"

#include "support/paths.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <vector>

namespace galen::ledger {
namespace {

struct Row {
  std::string name;
  std::string field;
};

/// Rows of docs/results.md by their code.
std::map<int, Row> documented() {
  std::ifstream file(test::source_dir() + "/docs/results.md");
  std::map<int, Row> rows;
  for (std::string line; std::getline(file, line);) {
    std::vector<std::string> cells;
    std::istringstream in(line);
    for (std::string cell; std::getline(in, cell, '|');) cells.push_back(cell);
    if (cells.size() != 5 || cells[1].find_first_of("0123456789") == std::string::npos) continue;
    const std::string& name = cells[2];
    const std::string field = cells[4] == "  " ? "" : cells[4].substr(1, cells[4].size() - 2);
    rows[std::stoi(cells[1])] = {name.substr(2, name.size() - 4), field};
  }
  return rows;
}

TEST(ResultFields, EveryCodeStandsInTheDocumentWithItsField) {
  const auto rows = documented();
  std::size_t codes = 0;
  for (int number = 0; number < 256; ++number) {
    const auto code = static_cast<ResultCode>(number);
    if (!is_valid(code)) {
      EXPECT_FALSE(rows.contains(number)) << number << " is no code";
      continue;
    }
    ++codes;
    ASSERT_TRUE(rows.contains(number)) << name(code) << " is not in docs/results.md";
    EXPECT_EQ(rows.at(number).name, name(code));
    if (rows.at(number).field == "by operation, below") continue;
    EXPECT_EQ(rows.at(number).field, field_at_fault(OperationType::kGrantAccess, code))
        << name(code);
  }
  EXPECT_EQ(rows.size(), codes);
}

TEST(ResultFields, ARefusalNamesAFieldUnlessItIsOfTheWholeOperation) {
  const std::set<ResultCode> of_all{ResultCode::kOk,
                                    ResultCode::kNotExecuted,
                                    ResultCode::kNotSupported,
                                    ResultCode::kGrantRevoked,
                                    ResultCode::kAlreadyExists};
  for (int number = 0; number < 256; ++number) {
    const auto code = static_cast<ResultCode>(number);
    if (!is_valid(code)) continue;
    EXPECT_EQ(field_at_fault(OperationType::kGrantAccess, code).empty(), of_all.contains(code))
        << name(code);
  }
}

/// Operations that some module answers with kAlreadyExists; grants have ids made of themselves.
TEST(ResultFields, WhatExistsAlreadyIsNamed) {
  for (const auto type : {OperationType::kRegisterPractitioner,
                          OperationType::kRotateKey,
                          OperationType::kSuspend,
                          OperationType::kRotatePersonKey,
                          OperationType::kRequestRecovery,
                          OperationType::kRegisterPatient,
                          OperationType::kAuthorizeProxy,
                          OperationType::kLinkPatient,
                          OperationType::kDefineGroup,
                          OperationType::kUpdateGroup,
                          OperationType::kChangeMembership,
                          OperationType::kAppendRecord,
                          OperationType::kReplaceRecord,
                          OperationType::kDeclareEmergency,
                          OperationType::kAnchorJournal,
                          OperationType::kLogEmergency,
                          OperationType::kAnchorJournalReceipt,
                          OperationType::kLogAdministration,
                          OperationType::kRequestErasure,
                          OperationType::kPlaceHold}) {
    EXPECT_FALSE(field_at_fault(type, ResultCode::kAlreadyExists).empty()) << name(type);
  }
}

TEST(ResultFields, WindowsAndFlagsAreNamedByOperation) {
  const auto window = [](OperationType type) {
    return field_at_fault(type, ResultCode::kInvalidWindow);
  };
  EXPECT_EQ(window(OperationType::kDenyAccess), "valid_from, valid_to");
  EXPECT_EQ(window(OperationType::kAuthorizeProxy), "from, to");
  EXPECT_EQ(window(OperationType::kSuspend), "ballot_ends");
  EXPECT_EQ(window(OperationType::kErasePatient), "audit_until");
  EXPECT_EQ(window(OperationType::kPlaceHold), "until");
  EXPECT_EQ(window(OperationType::kLogAdministration), "time");
  EXPECT_EQ(window(OperationType::kUpdateGroup), "group, ends");
  EXPECT_EQ(window(OperationType::kChangeMembership), "group");
  const auto flag = [](OperationType type) {
    return field_at_fault(type, ResultCode::kInvalidFlag);
  };
  EXPECT_EQ(flag(OperationType::kAuthorizeProxy), "labels_key_id");
  EXPECT_EQ(flag(OperationType::kLogAdministration), "recipient");
  EXPECT_EQ(field_at_fault(OperationType::kSuspend, ResultCode::kWrongVersion), "change");
  EXPECT_EQ(field_at_fault(OperationType::kRevokeProxy, ResultCode::kUnknownProxy), "proxy");
  EXPECT_EQ(field_at_fault(OperationType::kPlaceHold, ResultCode::kUnknownRecord), "records");
  EXPECT_EQ(field_at_fault(OperationType::kErasePatient, ResultCode::kErased), "path");
  EXPECT_EQ(field_at_fault(OperationType::kReviewEmergency, ResultCode::kAccountInactive),
            "reviewer");
  EXPECT_EQ(field_at_fault(OperationType::kLogEmergency, ResultCode::kJournalGap), "number");
  EXPECT_EQ(describe(OperationType::kGrantAccess, ResultCode::kBeyondProxy),
            "beyond-proxy, field valid_to");
  const auto existing = [](OperationType type) {
    return field_at_fault(type, ResultCode::kAlreadyExists);
  };
  EXPECT_EQ(existing(OperationType::kAppendRecord), "record");
  EXPECT_EQ(existing(OperationType::kSuspend), "status");
  EXPECT_EQ(existing(OperationType::kAnchorJournal), "last, head");
  EXPECT_EQ(field_at_fault(OperationType::kUpdateGroup, ResultCode::kTooManyMembers), "added");
  EXPECT_EQ(field_at_fault(OperationType::kPlaceHold, ResultCode::kQuotaExceeded), "patient");
  EXPECT_EQ(describe(OperationType::kGrantAccess, ResultCode::kNotExecuted), "not-executed");
}

}  // namespace
}  // namespace galen::ledger
