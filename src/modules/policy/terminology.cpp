#include "modules/policy/terminology.h"

#include <array>

namespace galen::policy {

namespace {

struct Concept {
  std::string_view code;
  std::string_view parent;  ///< empty below PurposeOfUse itself
};

/// PurposeOfUse of v3-ActReason 2018-08-12, parents before children.
constexpr std::array<Concept, 59> kConcepts{{
    {"TREAT", ""},
    {"CLINTRL", "TREAT"},
    {"COC", "TREAT"},
    {"ETREAT", "TREAT"},
    {"BTG", "ETREAT"},
    {"ERTREAT", "ETREAT"},
    {"POPHLTH", "TREAT"},
    {"HPAYMT", ""},
    {"CLMATTCH", "HPAYMT"},
    {"COVAUTH", "HPAYMT"},
    {"COVERAGE", "HPAYMT"},
    {"ELIGDTRM", "COVERAGE"},
    {"ELIGVER", "COVERAGE"},
    {"ENROLLM", "COVERAGE"},
    {"MILDCRG", "COVERAGE"},
    {"REMITADV", "HPAYMT"},
    {"HOPERAT", ""},
    {"CAREMGT", "HOPERAT"},
    {"DONAT", "HOPERAT"},
    {"FRAUD", "HOPERAT"},
    {"GOV", "HOPERAT"},
    {"HACCRED", "HOPERAT"},
    {"HCOMPL", "HOPERAT"},
    {"HDECD", "HOPERAT"},
    {"HDIRECT", "HOPERAT"},
    {"HDM", "HOPERAT"},
    {"HLEGAL", "HOPERAT"},
    {"HOUTCOMS", "HOPERAT"},
    {"HPRGRP", "HOPERAT"},
    {"HQUALIMP", "HOPERAT"},
    {"HSYSADMIN", "HOPERAT"},
    {"LABELING", "HSYSADMIN"},
    {"METAMGT", "HSYSADMIN"},
    {"MEMADMIN", "HOPERAT"},
    {"MILCDM", "HOPERAT"},
    {"PATADMIN", "HOPERAT"},
    {"PATSFTY", "HOPERAT"},
    {"PERFMSR", "HOPERAT"},
    {"RECORDMGT", "HOPERAT"},
    {"SYSDEV", "HOPERAT"},
    {"HTEST", "SYSDEV"},
    {"TRAIN", "HOPERAT"},
    {"HRESCH", ""},
    {"BIORCH", "HRESCH"},
    {"CLINTRCH", "HRESCH"},
    {"CLINTRCHNPC", "CLINTRCH"},
    {"CLINTRCHPC", "CLINTRCH"},
    {"PRECLINTRCH", "CLINTRCH"},
    {"DSRCH", "HRESCH"},
    {"POARCH", "HRESCH"},
    {"TRANSRCH", "HRESCH"},
    {"PATRQT", ""},
    {"FAMRQT", "PATRQT"},
    {"PWATRNY", "PATRQT"},
    {"SUPNWK", "PATRQT"},
    {"PUBHLTH", ""},
    {"DISASTER", "PUBHLTH"},
    {"THREAT", "PUBHLTH"},
    {"HMARKT", ""},
}};

std::string_view parent_of(std::string_view code) {
  for (const Concept& row : kConcepts) {
    if (row.code == code) return row.parent;
  }
  return {};
}

bool is_in_subtree(std::string_view code, std::string_view root) {
  for (std::string_view at = code; !at.empty(); at = parent_of(at)) {
    if (at == root) return true;
  }
  return false;
}

std::set<std::string, std::less<>> subtree(std::string_view root) {
  std::set<std::string, std::less<>> codes;
  for (const Concept& row : kConcepts) {
    if (is_in_subtree(row.code, root)) codes.emplace(row.code);
  }
  // Break-glass has rules of its own (step 7) and is never inherited.
  if (root != kBreakGlassPurpose) codes.erase(std::string(kBreakGlassPurpose));
  return codes;
}

Terminology make_version_1() {
  Terminology tables;
  for (const Concept& row : kConcepts) {
    tables.deny_covers.emplace(row.code, subtree(row.code));
    if (row.code != kBreakGlassPurpose) {
      tables.permit_covers.emplace(row.code,
                                   std::set<std::string, std::less<>>{std::string(row.code)});
    }
  }
  // Permits inherit by this list only: naive subsumption would let a treatment grant cover trial
  // care.
  tables.permit_covers["TREAT"].insert({"COC", "ETREAT"});
  tables.permit_covers["HPAYMT"].insert({"CLMATTCH", "COVAUTH", "COVERAGE", "REMITADV"});
  tables.permit_covers["HRESCH"] = subtree("HRESCH");
  return tables;
}

}  // namespace

const Terminology& terminology(std::uint16_t version) {
  static const Terminology version_1 = make_version_1();
  static const Terminology unknown;
  return version == 1 ? version_1 : unknown;
}

bool covers(const PurposeTable& table, std::string_view granted, std::string_view asked) {
  if (granted == kEveryPurpose) return true;
  const auto row = table.find(granted);
  return row != table.end() && row->second.contains(asked);
}

}  // namespace galen::policy
