// Parts of the consent vector files as values of modules/policy. Thread rule: values.
#pragma once

#include "modules/policy/facts.h"
#include "support/paths.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace galen::policy::vectors {

/// Names as ids: ascending names are ascending ids.
template <class Id>
Id id_of(const std::string& name) {
  Id id;
  for (std::size_t i = 0; i < name.size() && i < Id::kSize; ++i) {
    id.value.at(i) = static_cast<std::uint8_t>(name[i]);
  }
  return id;
}

inline std::int32_t days_of(const std::string& date) {
  std::tm civil{};
  civil.tm_year = std::stoi(date.substr(0, 4)) - 1900;
  civil.tm_mon = std::stoi(date.substr(5, 2)) - 1;
  civil.tm_mday = std::stoi(date.substr(8, 2));
  return static_cast<std::int32_t>(timegm(&civil) / 86'400);
}

inline TimeMs time_of(const std::string& text) {
  const std::uint64_t days = static_cast<std::uint64_t>(days_of(text));
  const auto part = [&text](std::size_t at, std::size_t size) {
    return static_cast<std::uint64_t>(std::stoul(text.substr(at, size)));
  };
  std::uint64_t ms = ((days * 24 + part(11, 2)) * 60 + part(14, 2)) * 60 + part(17, 2);
  ms *= 1000;
  if (text.size() > 20) ms += part(20, 3);
  return TimeMs{ms};
}

inline std::vector<std::string> texts(const nlohmann::json& list) {
  auto result = list.get<std::vector<std::string>>();
  std::sort(result.begin(), result.end());
  return result;
}

template <class E>
E code(const std::string& text) {
  const auto value = ledger::parse<E>(text);
  EXPECT_TRUE(value.has_value()) << text;
  return value.value_or(E{});
}

inline RecordFacts record_of(const std::string& name, const nlohmann::json& r) {
  RecordFacts facts;
  facts.id = id_of<RecordId>(name);
  facts.custodian = id_of<AccountId>(r["custodian"]);
  for (const std::string author : r["authors"]) {
    facts.authors.push_back(id_of<AccountId>(author));
  }
  for (const std::string related : r["related"]) {
    facts.related.push_back(id_of<Random32>(related));
  }
  facts.record_class = code<ledger::RecordClass>(r["class"]);
  facts.confidentiality = code<ledger::Confidentiality>(r["conf"]);
  facts.labels = texts(r["labels"]);
  facts.service_date = {days_of(r["service_date"])};
  facts.status = code<ledger::RecordStatus>(r["status"]);
  facts.withhold_from_patient = !r["flags"].empty();
  return facts;
}

/// A break-glass declaration.
inline EmergencyFacts emergency_of(const nlohmann::json& b) {
  return {id_of<AccountId>(b["user"]), time_of(b["from"]), time_of(b["to"])};
}

/// A file of tests/data/consent, and the path of the shared one of that name, which may not exist.
inline std::string own_file(const std::string& name) {
  return test::source_dir() + "/tests/data/consent/" + name;
}

inline std::string shared_file(const std::string& name) {
  const char* shared = std::getenv("GALEN_SHARED");
  const std::string root = shared != nullptr ? shared : test::source_dir() + "/../shared";
  return root + "/data/ehr/consent-vectors/" + name;
}

inline nlohmann::json read_json(const std::string& path) {
  std::ifstream stream(path);
  return nlohmann::json::parse(stream);
}

}  // namespace galen::policy::vectors
