// A stand-in for Headlamp, which no module proxy serves. Standard library only.
module sitewright/toolchain/modules/dashboard-stand-in

go 1.26.0
