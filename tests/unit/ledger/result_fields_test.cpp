#include "ledger/result_fields.h"

#include "support/paths.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <vector>

namespace galen::ledger {
namespace {

struct Row {
  std::string name;
  std::string field;
};

constexpr const char* kByOperation = "by operation, below";

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, separator);) parts.push_back(part);
  return parts;
}

/// The cells of every line of docs/results.md; of a row of a table the first one is empty.
std::vector<std::vector<std::string>> lines() {
  std::ifstream file(test::source_dir() + "/docs/results.md");
  std::vector<std::vector<std::string>> all;
  for (std::string line; std::getline(file, line);) all.push_back(split(line, '|'));
  return all;
}

/// Rows of docs/results.md by their code.
std::map<int, Row> documented() {
  std::map<int, Row> rows;
  for (const auto& cells : lines()) {
    if (cells.size() != 5 || cells[1].find_first_of("0123456789") == std::string::npos) continue;
    const std::string& name = cells[2];
    const std::string field = cells[4] == "  " ? "" : cells[4].substr(1, cells[4].size() - 2);
    rows[std::stoi(cells[1])] = {name.substr(2, name.size() - 4), field};
  }
  return rows;
}

/// What one row of the table by operation says.
struct FieldsOf {
  std::vector<ResultCode> codes;
  std::string others;  ///< of the operations that the row does not name
  std::map<OperationType, std::string> named;
};

template <class E>
std::optional<E> named(const std::string& text) {
  for (int number = 0; number < 256; ++number) {
    const auto value = static_cast<E>(number);
    if (is_valid(value) && name(value) == text) return value;
  }
  return std::nullopt;
}

/// "of ReplaceRecord and RetractRecord, ": the operations; every other word is a failure.
std::vector<OperationType> operations_in(const std::string& words) {
  std::vector<OperationType> types;
  std::istringstream in(words);
  for (std::string word; in >> word;) {
    word.erase(word.find_last_not_of(",;") + 1);
    if (word.empty() || word == "of" || word == "and") continue;
    const auto type = named<OperationType>(word);
    EXPECT_TRUE(type.has_value()) << word << " is no operation";
    if (type) types.push_back(*type);
  }
  return types;
}

FieldsOf fields_of(const std::string& codes, const std::string& fields) {
  FieldsOf row;
  // Every second part stands between backticks.
  const auto code_parts = split(codes, '`');
  for (std::size_t i = 1; i < code_parts.size(); i += 2) {
    const auto code = named<ResultCode>(code_parts[i]);
    EXPECT_TRUE(code.has_value()) << code_parts[i] << " is no code";
    if (code) row.codes.push_back(*code);
  }
  const auto parts = split(fields, '`');
  for (std::size_t i = 1; i < parts.size(); i += 2) {
    const auto types = operations_in(i + 1 < parts.size() ? parts[i + 1] : "");
    if (types.empty()) {
      EXPECT_EQ(row.others, "") << parts[i] << " is of no operation";
      row.others = parts[i];
    }
    for (const OperationType type : types) {
      EXPECT_TRUE(row.named.emplace(type, parts[i]).second) << name(type) << " twice";
    }
  }
  return row;
}

/// The rows of the table by operation.
std::vector<FieldsOf> documented_by_operation() {
  std::vector<FieldsOf> rows;
  for (const auto& cells : lines()) {
    if (cells.size() == 3 && cells[0].empty() && cells[1].find('`') != std::string::npos) {
      rows.push_back(fields_of(cells[1], cells[2]));
    }
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
    if (rows.at(number).field == kByOperation) continue;
    EXPECT_EQ(rows.at(number).field, field_at_fault(OperationType::kGrantAccess, code))
        << name(code);
  }
  EXPECT_EQ(rows.size(), codes);
}

TEST(ResultFields, EveryOperationStandsInTheDocumentWithItsField) {
  std::set<ResultCode> expected;
  for (const auto& [number, row] : documented()) {
    if (row.field == kByOperation) expected.insert(static_cast<ResultCode>(number));
  }
  std::set<ResultCode> found;
  for (const FieldsOf& row : documented_by_operation()) {
    for (const ResultCode code : row.codes) {
      EXPECT_TRUE(found.insert(code).second) << name(code) << " stands there twice";
      for (int number = 0; number < 256; ++number) {
        const auto type = static_cast<OperationType>(number);
        if (!is_valid(type)) continue;
        const auto own = row.named.find(type);
        EXPECT_EQ(field_at_fault(type, code), own == row.named.end() ? row.others : own->second)
            << name(code) << " of " << name(type);
      }
    }
  }
  EXPECT_EQ(found, expected);
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
  for (const auto type : {OperationType::kGrantAccess, OperationType::kDenyAccess}) {
    EXPECT_EQ(describe(type, ResultCode::kWrongVersion), "wrong-version, field group_version");
  }
  EXPECT_EQ(field_at_fault(OperationType::kRevokeProxy, ResultCode::kUnknownProxy), "proxy");
  EXPECT_EQ(field_at_fault(OperationType::kPlaceHold, ResultCode::kUnknownRecord), "records");
  EXPECT_EQ(field_at_fault(OperationType::kErasePatient, ResultCode::kErased), "path");
  EXPECT_EQ(field_at_fault(OperationType::kReviewEmergency, ResultCode::kAccountInactive),
            "reviewer");
  EXPECT_EQ(field_at_fault(OperationType::kLogEmergency, ResultCode::kJournalGap), "number");
  EXPECT_EQ(field_at_fault(OperationType::kAnchorJournalReceipt, ResultCode::kQuotaExceeded),
            "organisation");
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
