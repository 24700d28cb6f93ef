// A stand-in for Headlamp, which no module proxy serves. Standard library only.
module sitewright/lab/stand-ins/dashboard

go 1.26.0
